"""A GPU's way of writing: one step of a fixed shape, recorded. Here what is recorded is simply done again."""

import pytest
import torch
from transformers import LlamaConfig, PreTrainedTokenizerBase

from generation.base_models import Base
from generation.cuda_pass import CudaPass, Recorder, Work, in_eights
from generation.forward_pass import Piece
from generation.packed_attention import NAME
from generation.packed_pass import PackedPass
from generation.text_cache import TextState
from generation.versions import LoadedVersion, load_tokenizer
from tests.generation.tiny import GROUPED, tiny_version

TEXTS = [[(7 * i + n) % 900 + 20 for i in range(n)] for n in (5, 40, 131, 17, 9, 600)]


@pytest.fixture(scope="module")
def version(base: Base) -> LoadedVersion:
    tokenizer: PreTrainedTokenizerBase = load_tokenizer(base)
    return tiny_version("tiny", LlamaConfig(**GROUPED), tokenizer)


@pytest.fixture(autouse=True)
def _packed(version: LoadedVersion) -> None:
    version.model.set_attn_implementation(NAME)


def again(work: Work) -> Work:
    return work


def passes(version: LoadedVersion, record: Recorder = again) -> tuple[PackedPass, CudaPass]:
    return PackedPass(version.model), CudaPass(version.model, record)


def read(forward: PackedPass, text: list[int], need: int = 40) -> TextState:
    state = forward.new_state(len(text), len(text) + need)
    for at in range(0, len(text), 512):
        forward.run([Piece(text[at : at + 512], state, at + 512 >= len(text))])
    return state


def step(forward: PackedPass, states: list[TextState], token: int) -> list[torch.Tensor]:
    outcomes = forward.run([Piece([token + i], state) for i, state in enumerate(states)])
    logits = [outcome for outcome in outcomes if isinstance(outcome, torch.Tensor)]
    assert len(logits) == len(states), outcomes
    return [one.clone() for one in logits]


def assert_close(ours: list[torch.Tensor], expected: list[torch.Tensor]) -> None:
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
        assert one.argmax() == other.argmax()


@pytest.mark.parametrize(("before", "rows"), [(0, 1), (1, 2), (2, 4), (5, 8), (8, 16), (16, 24), (39, 40)])
def test_a_shelf_grows_to_few_sizes(before: int, rows: int) -> None:
    assert in_eights(before) == rows


def test_texts_that_come_and_go_get_the_logits_of_a_packed_pass(version: LoadedVersion) -> None:
    packed, recorded = passes(version)
    both = [[read(forward, text) for text in TEXTS[:3]] for forward in (packed, recorded)]
    for token in range(30, 36):
        expected, ours = (step(f, s, token) for f, s in zip((packed, recorded), both, strict=True))
        assert_close(ours, expected)
    for forward, states in zip((packed, recorded), both, strict=True):
        forward.release(states.pop(0))
        states += [read(forward, text) for text in TEXTS[3:]]
    for token in range(50, 56):
        expected, ours = (step(f, s, token) for f, s in zip((packed, recorded), both, strict=True))
        assert_close(ours, expected)


def test_prompts_are_read_beside_texts_that_are_written(version: LoadedVersion) -> None:
    packed, recorded = passes(version)
    outcomes = []
    for forward in (packed, recorded):
        writing, reading = read(forward, TEXTS[0]), forward.new_state(40, 60)
        outcomes.append(forward.run([Piece(TEXTS[1], reading), Piece([31], writing)]))
    assert_close(*[[o for o in one if isinstance(o, torch.Tensor)] for one in reversed(outcomes)])


def test_a_step_is_recorded_once_it_was_seen_a_few_times_and_anew_when_a_shelf_grows(
    version: LoadedVersion,
) -> None:
    records: list[Work] = []

    def record(work: Work) -> Work:
        records.append(work)
        return work

    _, forward = passes(version, record)
    states = [read(forward, TEXTS[0])]
    counts = []
    for token in range(30, 35):
        step(forward, states, token)
        counts.append(len(records))
    states.append(read(forward, TEXTS[3]))
    for token in range(40, 45):
        step(forward, states, token)
    assert (counts, len(records)) == ([0, 0, 1, 1, 1], 2)
    assert forward.recorded
    forward.release(states.pop())
    states.append(read(forward, TEXTS[4]))
    for token in range(50, 55):
        step(forward, states, token)
    assert len(records) == 2  # The row was kept.


def cannot(work: Work) -> Work:
    raise RuntimeError("operation not permitted when stream is capturing")


def other(work: Work) -> Work:
    return lambda: work() + 1


def frozen(work: Work) -> Work:
    """What depends on the step's own texts is part of the record."""
    logits = work().clone()
    return lambda: logits


@pytest.mark.parametrize("record", [cannot, other, frozen])
def test_what_cannot_be_recorded_right_is_written_without(version: LoadedVersion, record: Recorder) -> None:
    packed, forward = passes(version, record)
    expected, ours = [read(packed, TEXTS[1])], [read(forward, TEXTS[1])]
    for token in range(30, 40):
        assert_close(step(forward, ours, token), step(packed, expected, token))
    assert not forward.recorded


def test_a_text_alone_gets_the_same_to_the_last_bit_as_among_others(version: LoadedVersion) -> None:
    _, forward = passes(version)
    _, crowded = passes(version)
    alone, beside = [read(forward, TEXTS[2])], [read(crowded, TEXTS[2]), *(read(crowded, t) for t in TEXTS)]
    for token in range(30, 40):
        assert torch.equal(step(forward, alone, token)[0], step(crowded, beside, token)[0])


def test_kept_places_are_counted_and_given_back(version: LoadedVersion) -> None:
    _, forward = passes(version)
    states = [read(forward, TEXTS[0]) for _ in range(9)]
    assert forward.uncounted == (16 - 9 - 1) * 128
    for state in states[:4]:
        forward.release(state)
    step(forward, states[4:], 30)
    forward.shrink()
    assert forward.uncounted == (8 - 5) * 128
    step(forward, states[4:], 31)
    for state in states[4:]:
        forward.release(state)
    assert forward.uncounted == 8 * 128
    forward.shrink()
    assert forward.uncounted == 0
