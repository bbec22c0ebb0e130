"""How likely a model in training finds completions.

Several are packed in one row where it computes the same that way, else each is padded.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy

from generation.perplexity import pad
from retrain.layer_stack import still_layers
from retrain.packing import packed
from retrain.remembered_layers import Remembered
from retrain.samples import Sample
from retrain.segment_attention import attending

PACKED = 16  # Samples in one row, at most: its products are wide enough, and it takes memory.


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a model expects where completions' tokens are.

    `logits`: [tokens, vocabulary]; `targets`: the tokens, [tokens]; `owners`: whose, [tokens].
    """

    logits: torch.Tensor
    targets: torch.Tensor
    owners: torch.Tensor


class Likelihoods:
    """Of samples under a model. `room`: bytes for what layers that learn nothing make of them, to be kept."""

    def __init__(self, model: Any, room: int = 0) -> None:
        self._core = model.get_base_model() if isinstance(model, PeftModel) else model
        self._packs: bool | None = None
        # The still layers are found now: with adapters switched off nothing would learn.
        self._remembered = Remembered(still_layers(self._core), room)

    def __call__(self, batch: Sequence[Sample]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-likelihood of each completion given its prompt, [samples], and its tokens, [samples]."""
        likelihoods = log_likelihoods(self.foreseen(batch), batch)
        return likelihoods, likelihoods.new_tensor([len(sample.completion) for sample in batch])

    def foreseen(self, batch: Sequence[Sample]) -> Foreseen:
        if self._packs is None:
            self._packs = packs(self._core, batch[:2])
            if not (self._packs and remembers(self._core, self._remembered, batch[:2])):
                self._remembered = Remembered()
        if self._packs and len(batch) <= PACKED:
            return foreseen_packed(self._core, batch, self._remembered)
        return foreseen_padded(self._core, batch)


def foreseen_packed(core: Any, batch: Sequence[Sample], remembered: Remembered) -> Foreseen:
    """One row with the shared beginning of the prompts computed once."""
    row = packed(batch)
    with _half(core), attending(core, row.segments), remembered.over(batch, row.segments):
        # The vocabulary is the dearest layer, so only the places that are learned from meet it.
        logits = core(
            input_ids=row.tokens.to(core.device),
            position_ids=row.positions.to(core.device),
            use_cache=False,
            logits_to_keep=row.before.to(core.device),
        ).logits[0]
    return Foreseen(logits, row.targets.to(core.device), row.owners.to(core.device))


def foreseen_padded(core: Any, batch: Sequence[Sample]) -> Foreseen:
    """A row for each sample, right for every model."""
    pairs = [(sample.prompt, sample.completion) for sample in batch]
    ids, labels, mask = (tensor.to(core.device) for tensor in pad(pairs))
    targets = labels[:, 1:]
    wanted = targets >= 0
    with _half(core):
        logits = core(input_ids=ids, attention_mask=mask).logits[:, :-1][wanted]
    return Foreseen(logits, targets[wanted], wanted.nonzero()[:, 0])


def log_likelihoods(seen: Foreseen, batch: Sequence[Sample]) -> torch.Tensor:
    """Of each token as it is drawn: at another temperature, what is imitated would be sharpened twice."""
    drawn = torch.tensor([sample.temperature for sample in batch], device=seen.owners.device)[seen.owners]
    losses = cross_entropy(seen.logits.float() / drawn[:, None], seen.targets, reduction="none")
    return -losses.new_zeros(len(batch)).index_add(0, seen.owners, losses)


def packs(core: Any, samples: Sequence[Sample]) -> bool:
    """Are these samples as likely packed as padded? Recurrent models, and some attentions, see across."""
    in_one_row = partial(foreseen_packed, core, samples, Remembered())
    return _alike(core, samples, in_one_row, partial(foreseen_padded, core, samples), rtol=0.02)


def remembers(core: Any, remembered: Remembered, samples: Sequence[Sample]) -> bool:
    """Are they as likely once still layers are skipped? Some models' upper layers look at lower ones."""
    twice = partial(foreseen_packed, core, samples, remembered)
    return bool(remembered.still) and _alike(core, samples, twice, twice, rtol=1e-4)


@torch.no_grad()
def _alike(core: Any, samples: Sequence[Sample], *ways: Callable[[], Foreseen], rtol: float) -> bool:
    """Do two ways lead to the same, with nothing dropped out?"""
    training = core.training
    core.eval()
    try:
        found, expected = (log_likelihoods(way(), samples) for way in ways)
    except (ValueError, TypeError, IndexError, RuntimeError, NotImplementedError):
        return False
    finally:
        core.train(training)
    return bool(torch.allclose(found, expected, rtol=rtol))


def _half(core: Any) -> AbstractContextManager[object]:
    half = core.dtype == torch.bfloat16
    return torch.autocast(core.device.type, torch.bfloat16) if half else nullcontext()
