"""What is computed for a text depends, to the last bit, on nothing else that is computed beside it."""

import gc
from weakref import ref

import pytest
import torch

from generation.base_models import Base
from generation.engine import WritingRequest
from generation.forms import FORMS
from generation.forward_pass import Piece
from generation.local_engine import LocalEngine
from generation.packed_linear import PackedLinear, PackedOnce, pack_linears, packs
from generation.packed_pass import PackedPass
from generation.prompts import messages_for
from generation.sampling import Sampling
from generation.versions import LoadedVersion, base_name, load_version
from tests.deadline import DEADLINE
from tests.generation.tiny import bare_llama

TEXTS = [[(7 * i + n) % 900 + 20 for i in range(n)] for n in (5, 40, 131, 17)]


@pytest.fixture(scope="module")
def rounded(shallow_base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    """The model in bfloat16, where another order of a sum is another text sooner or later."""
    models = tmp_path_factory.mktemp("models")
    return load_version(models, base_name(shallow_base), shallow_base, "cpu", torch.bfloat16)


def logits_of(version: LoadedVersion, texts: list[list[int]], cut: int) -> list[torch.Tensor]:
    """Logits after each text, read in pieces of `cut` tokens and then one token written three times."""
    forward = PackedPass(version.model)
    states = [forward.new_state(len(text), len(text) + 3) for text in texts]
    unread = list(texts)
    while any(unread):
        forward.run([Piece(u[:cut], s, len(u) <= cut) for u, s in zip(unread, states, strict=True) if u])
        unread = [u[cut:] for u in unread]
    for token in (31, 41, 59):
        outcomes = forward.run([Piece([token], state) for state in states])
    return [outcome for outcome in outcomes if isinstance(outcome, torch.Tensor)]


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def version(request: pytest.FixtureRequest, live: LoadedVersion, rounded: LoadedVersion) -> LoadedVersion:
    return live if request.param == "float32" else rounded


@pytest.fixture(scope="module")
def alone(version: LoadedVersion) -> list[torch.Tensor]:
    """Logits after each text that is read by itself, at once."""
    return [logits_of(version, [text], 1000)[0] for text in TEXTS]


@pytest.mark.parametrize("cut", [3, 16, 37, 200])
def test_logits_are_the_same_to_the_last_bit_alone_together_and_in_pieces(
    version: LoadedVersion, alone: list[torch.Tensor], cut: int
) -> None:
    for logits, by_itself in zip(logits_of(version, TEXTS, cut), alone, strict=True):
        assert torch.equal(logits, by_itself)


def test_a_text_takes_nothing_over_from_who_had_its_place_before(live: LoadedVersion) -> None:
    forward = PackedPass(live.model)
    staying, broken = (forward.new_state(40, 43) for _ in range(2))
    forward.run([Piece(TEXTS[1], staying), Piece(TEXTS[1], broken)])
    assert broken.shelf is not None
    for kept in (kept for pair in broken.shelf.layers.values() for kept in pair):
        kept[broken.row] = float("nan")
    forward.release(broken)
    next_one = forward.new_state(5, 8)
    forward.run([Piece(TEXTS[0], next_one)])
    (logits,) = forward.run([Piece([31], next_one)])
    assert next_one.row == 1
    assert isinstance(logits, torch.Tensor)
    assert torch.isfinite(logits).all()


def test_in_bfloat16_too_the_same_seed_writes_the_same_text_whatever_else_is_written(
    rounded: LoadedVersion,
) -> None:
    def asked(theme: str, seed: int) -> WritingRequest:
        return WritingRequest(messages_for(FORMS["poem"], theme), seed, 40, Sampling())

    engine = LocalEngine(rounded, max_batch=6)
    alone = engine.submit(asked("rain", 7)).result(DEADLINE).text
    crowd = [engine.submit(asked(theme, i)) for i, theme in enumerate(("bread", "a cat", "rain", "the sea"))]
    again = engine.submit(asked("rain", 7)).result(DEADLINE).text
    assert again == alone
    assert len({ticket.result(DEADLINE).text for ticket in crowd}) == len(crowd)
    engine.close()


class OnTheCpu(torch.nn.Module):
    """Layers that say where they are, as transformers' models do."""

    device = torch.device("cpu")

    def __init__(self, layers: torch.nn.Sequential) -> None:
        super().__init__()
        self.layers = layers


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.bfloat16, 0.0), (torch.float32, 1e-6)])
def test_packed_layers_compute_what_they_computed_before(dtype: torch.dtype, rounding: float) -> None:
    torch.manual_seed(1)
    layers = torch.nn.Sequential(torch.nn.Linear(64, 96), torch.nn.GELU(), torch.nn.Linear(96, 32)).to(dtype)
    inputs = torch.randn(5, 64, dtype=dtype)
    expected = layers(inputs)
    model = OnTheCpu(layers)
    assert list(pack_linears(model, PackedOnce(model, dtype))) == ["layers.0", "layers.2"]
    packed = model.layers
    assert isinstance(packed[0], PackedLinear) == packs(dtype)
    assert packs(torch.bfloat16) or not torch.cpu.get_capabilities().get("avx512_bf16")
    torch.testing.assert_close(packed(inputs), expected, rtol=0.0, atol=rounding)


@pytest.mark.skipif(not packs(torch.float32), reason="products in float32 do not round alike in the layout")
def test_narrower_weights_are_packed_as_wide_as_is_computed() -> None:
    linear = torch.nn.Linear(64, 96, dtype=torch.bfloat16)
    inputs = torch.randn(3, 64)
    packed = PackedOnce(OnTheCpu(torch.nn.Sequential(linear)), torch.float32).layer(linear)
    torch.testing.assert_close(packed(inputs), linear.float()(inputs), rtol=0.0, atol=1e-6)


@pytest.mark.skipif(not packs(torch.bfloat16), reason="layers are packed where bfloat16 is multiplied")
def test_layers_with_the_weights_of_the_base_are_packed_once_for_all_and_others_for_themselves() -> None:
    def layer(weight: torch.Tensor) -> torch.nn.Linear:
        linear = torch.nn.Linear(1, 1, bias=False)
        linear.weight = torch.nn.Parameter(weight, requires_grad=False)
        return linear

    base = bare_llama(dtype=torch.bfloat16)
    once = PackedOnce(base, torch.bfloat16)
    weight = base.model.layers[0].self_attn.q_proj.weight.data
    same, changed = layer(weight), layer(weight.clone())
    packed = once.layer(same)
    assert once.layer(same) is packed
    others = [once.layer(changed) for _ in range(2)]
    assert len({id(one) for one in (packed, *others)}) == 3
    gone = ref(packed)
    del packed
    gc.collect()
    assert gone() is None  # Nobody writes with it any more.
