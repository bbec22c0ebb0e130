"""What layers that learn nothing make of a sample is computed once, and the rest learns the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import GPT2Config, LlamaConfig, PreTrainedConfig

from generation.base_models import Base
from retrain.dataset import Dataset
from retrain.layer_stack import layers_of, still_layers
from retrain.likelihoods import Likelihoods, remembers
from retrain.methods import adapted, trained_in
from retrain.recipe import Method, Recipe
from retrain.remembered_layers import ROOM, Remembered
from retrain.samples import Sample
from retrain.training import train
from tests.generation.tiny import GROUPED, WORDS, bare_llama, tiny_model
from tests.retrain.rows import example

FAMILIES: dict[str, PreTrainedConfig] = {
    "llama": LlamaConfig(**{**GROUPED, "num_hidden_layers": 4}),
    "gpt2": GPT2Config(
        vocab_size=WORDS, n_embd=32, n_layer=4, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0
    ),
}
SAMPLES = [
    Sample([5, 6, 7, 8], [9, 10], liked=True, weight=1.0),
    Sample([5, 6, 7, 9, 4], [11], liked=True, weight=1.0),
    Sample([5, 6, 3], [12, 13, 14, 15], liked=False, weight=1.0),
    Sample([7, 6, 3], [2, 13], liked=False, weight=1.0),
]
TOKENS = 6 + 6 + 7 + 5
PIECES = Dataset(tuple(example(n, text=f"rain {n} on the roof", liked=n % 2 == 0) for n in range(12)))


def half_learning(config: PreTrainedConfig, method: Method = "lora") -> Any:
    model = adapted(tiny_model(config), Recipe(method=method, rank=4, layers=0.5), 8)
    with torch.no_grad():
        for name, weight in trained_in(model).items():
            if ".lora_B." in name:
                weight.add_(0.1)
    return model


class Passes:
    """How often the lowest layer attends."""

    def __init__(self, model: Any) -> None:
        self.count = 0
        _, layers = layers_of(model) or pytest.fail("no layers")
        next(part for name, part in layers[0].named_children() if "attn" in name).register_forward_hook(self)

    def __call__(self, *_: object) -> None:
        self.count += 1


def anew(model: Any, samples: Sequence[Sample]) -> torch.Tensor:
    return Likelihoods(model)(samples)[0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", ["lora", "dora"])
def test_in_another_company_samples_are_as_likely_and_the_lower_layers_rest(
    family: str, method: Method
) -> None:
    model = half_learning(FAMILIES[family], method)
    likelihoods, passes = Likelihoods(model, ROOM), Passes(model)
    with torch.no_grad():
        likelihoods(SAMPLES)
    before = passes.count
    model.train()
    for samples in (SAMPLES[:2], [SAMPLES[3], SAMPLES[0]], SAMPLES[2:3]):
        found, _ = likelihoods(samples)
        assert passes.count == before
        expected = anew(model.eval(), samples)
        passes.count = before
        assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-4)


def test_gradients_are_those_of_a_whole_pass() -> None:
    found = []
    for room in (ROOM, 0):
        model = half_learning(FAMILIES["llama"])
        likelihoods = Likelihoods(model, room)
        with torch.no_grad():
            likelihoods(SAMPLES)
        torch.autograd.backward(likelihoods(SAMPLES[1:3])[0].sum())
        found.append([weight.grad for weight in trained_in(model).values()])
    assert len(found[0]) == 2 * 2 * 7  # A and B of the seven products of two layers.
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*found, strict=True))


def test_what_there_is_no_room_for_is_computed_each_time() -> None:
    model = half_learning(FAMILIES["llama"])
    room = 4 * 32 * TOKENS - 1  # Bytes, in float32: all but the last sample.
    likelihoods, passes = Likelihoods(model, room), Passes(model)
    with torch.no_grad():
        expected, _ = likelihoods(SAMPLES)
        before = passes.count
        likelihoods(SAMPLES[:3])
        assert passes.count == before
        found, _ = likelihoods(SAMPLES)
    assert passes.count == before + 1
    assert torch.equal(found, expected)


def test_with_dropout_on_nothing_new_is_remembered() -> None:
    model = half_learning(GPT2Config(vocab_size=WORDS, n_embd=32, n_layer=4, n_head=4))
    likelihoods, passes = Likelihoods(model, ROOM), Passes(model)
    likelihoods(SAMPLES[:2])
    model.train()
    before = passes.count
    for _ in range(2):
        likelihoods(SAMPLES)
    assert passes.count == before + 2


def test_a_model_whose_upper_layers_look_at_lower_ones_computes_them_each_time() -> None:
    model = half_learning(FAMILIES["llama"])
    core = model.get_base_model()
    still = still_layers(core)
    assert remembers(core, Remembered(still, ROOM), SAMPLES[:2])
    _, layers = layers_of(core) or pytest.fail("no layers")
    seen: list[torch.Tensor] = []
    layers[0].register_forward_hook(lambda _, __, output: seen.append(output))
    layers[3].register_forward_hook(lambda _, __, output: output + 5 * seen[-1])
    assert not remembers(core, Remembered(still, ROOM), SAMPLES[:2])
    likelihoods, passes = Likelihoods(model, ROOM), Passes(model)
    with torch.no_grad():
        likelihoods(SAMPLES)
        before = passes.count
        likelihoods(SAMPLES)
    assert passes.count == before + 1


@pytest.mark.parametrize(
    ("method", "layers", "still"), [("lora", 0.5, 1), ("lora", 1.0, 0), ("ia3", 0.5, 0), ("full", 0.5, 0)]
)
def test_still_are_the_layers_below_all_that_learns(method: Method, layers: float, still: int) -> None:
    model = adapted(bare_llama(), Recipe(method=method, rank=2, layers=layers), 8)
    assert len(still_layers(model)) == still


def test_no_layer_is_still_where_embeddings_learn() -> None:
    model = adapted(bare_llama(), Recipe(rank=2), 8)
    model.get_input_embeddings().weight.requires_grad_(True)
    assert still_layers(model) == []


def test_a_training_of_upper_layers_is_that_without_a_memory(
    tiny_base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(Recipe(), rank=4, epochs=2, objective="kto")
    with_memory, _ = train(tiny_base, PIECES, recipe, "cpu", lambda *_: None)
    monkeypatch.setattr("retrain.training.ROOM", 0)
    without, _ = train(tiny_base, PIECES, recipe, "cpu", lambda *_: None)
    found, expected = trained_in(with_memory), trained_in(without)
    assert found.keys() == expected.keys()
    assert all(torch.allclose(found[name], value, atol=1e-5) for name, value in expected.items())
