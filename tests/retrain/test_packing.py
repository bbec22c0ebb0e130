"""A batch packed into one row is as likely as its samples are one by one."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, MambaConfig, PreTrainedConfig

from generation.base_models import Base
from generation.versions import LoadedVersion, load_model
from retrain.likelihoods import foreseen_packed, foreseen_padded, log_likelihoods, packs
from retrain.packing import packed, shared_beginning
from retrain.remembered_layers import Remembered
from retrain.samples import Sample
from retrain.segment_attention import Segments
from tests.generation.tiny import GROUPED, SIZES, WORDS, bare_llama

SAMPLES = [
    Sample([5, 6, 7, 8], [9, 10], liked=True, weight=1.0),
    Sample([5, 6, 7, 9, 4], [11], liked=True, weight=1.0, temperature=0.6),
    Sample([5, 6, 3], [12, 13, 14, 15], liked=False, weight=1.0),
]


def in_one_row(core: Any, batch: Sequence[Sample]) -> torch.Tensor:
    return log_likelihoods(foreseen_packed(core, batch, Remembered()), batch)


def in_rows(core: Any, batch: Sequence[Sample]) -> torch.Tensor:
    return log_likelihoods(foreseen_padded(core, batch), batch)


@pytest.mark.parametrize(
    ("prompts", "shared"),
    [
        ([[1, 2, 3], [1, 2, 4]], 2),
        ([[1, 2, 3], [1, 2, 3]], 2),  # The last token of each predicts its own completion.
        ([[1, 2, 3]], 2),
        ([[1], [1, 2]], 0),
        ([[1, 2], [3, 4]], 0),
    ],
)
def test_the_shared_beginning_leaves_each_prompt_a_token(prompts: list[list[int]], shared: int) -> None:
    assert shared_beginning(prompts) == shared


def test_a_row_holds_what_is_shared_once_and_keeps_samples_apart() -> None:
    row = packed(SAMPLES)
    assert row.tokens.tolist() == [[5, 6, 7, 8, 9, 10, 7, 9, 4, 11, 3, 12, 13, 14, 15]]
    assert row.positions.tolist() == [[0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 2, 3, 4, 5, 6]]
    assert row.before.tolist() == [3, 4, 8, 10, 11, 12, 13]
    assert row.targets.tolist() == [9, 10, 11, 12, 13, 14, 15]
    assert row.owners.tolist() == [0, 0, 1, 2, 2, 2, 2]
    assert row.segments == Segments(2, (4, 4, 5))


@torch.no_grad()
def test_packed_and_padded_samples_are_equally_likely(base: Base) -> None:
    model = load_model(base, "cpu", torch.float32)
    found, expected = (how(model, SAMPLES) for how in (in_one_row, in_rows))
    assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-3)


def test_packed_and_padded_samples_teach_the_same() -> None:
    gradients = []
    for how in (in_one_row, in_rows):
        model = bare_llama()
        torch.autograd.backward(how(model, SAMPLES).sum())
        gradients.append([weight.grad for weight in model.parameters()])
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*gradients, strict=True))


@torch.no_grad()
@pytest.mark.parametrize("temperature", [0.6, 1.0])
def test_a_piece_is_as_likely_as_it_is_drawn_at_its_temperature(
    live: LoadedVersion, temperature: float
) -> None:
    sample = Sample([5, 6, 7], [8, 9], liked=True, weight=1.0, temperature=temperature)
    logits = live.model(torch.tensor([sample.prompt + sample.completion])).logits[0]
    expected = sum(
        float(torch.log_softmax(logits[place] / temperature, -1)[token])
        for place, token in zip((2, 3), sample.completion, strict=True)
    )
    for how in (in_one_row, in_rows):
        assert float(how(live.model, [sample])) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("config", "may"),
    [
        (LlamaConfig(**GROUPED), True),
        (GPT2Config(vocab_size=WORDS, n_embd=32, n_layer=2, n_head=4), True),
        (MambaConfig(**SIZES, state_size=4), False),
    ],
    ids=["llama", "gpt2", "mamba"],
)
def test_only_models_that_compute_the_same_are_packed(config: PreTrainedConfig, may: bool) -> None:
    torch.manual_seed(3)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)  # Else every token is about as likely.
    assert packs(model.eval(), SAMPLES) is may
