"""What a candidate is trained towards: liked pieces likelier than under the base, disliked ones less."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from generation.perplexity import pad
from retrain.packing import packed
from retrain.samples import Sample


class Likelihoods:
    """Log-likelihoods of completions, packed where the model computes the same that way, else padded."""

    def __init__(self, model: Any) -> None:
        self._core = model.get_base_model()
        self._packs: bool | None = None

    def __call__(self, batch: Sequence[Sample]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-likelihood of each completion given its prompt, [samples], and its tokens, [samples]."""
        if self._packs is None:
            self._packs = packs(self._core, batch[:2])
        likelihoods = (log_likelihoods_packed if self._packs else log_likelihoods_padded)(self._core, batch)
        return likelihoods, likelihoods.new_tensor([len(sample.completion) for sample in batch])


def log_likelihoods_packed(core: Any, batch: Sequence[Sample]) -> torch.Tensor:
    """One row with the shared beginning of the prompts computed once."""
    row = packed(batch)
    with _half(core):
        # The vocabulary is the dearest layer, so only the places that are learned from meet it.
        logits = core(
            input_ids=row.tokens.to(core.device),
            position_ids=row.positions.to(core.device),
            attention_mask=row.mask.to(core.device),
            use_cache=False,
            logits_to_keep=row.before.to(core.device),
        ).logits[0]
    losses = cross_entropy(logits.float(), row.targets.to(core.device), reduction="none")
    totals = torch.zeros(len(batch), device=core.device)
    return -totals.index_add(0, row.owners.to(core.device), losses)


def log_likelihoods_padded(core: Any, batch: Sequence[Sample]) -> torch.Tensor:
    """A row for each sample, right for every model."""
    pairs = [(sample.prompt, sample.completion) for sample in batch]
    ids, labels, mask = (tensor.to(core.device) for tensor in pad(pairs))
    targets = labels[:, 1:]
    wanted = targets >= 0
    with _half(core):
        logits = core(input_ids=ids, attention_mask=mask).logits[:, :-1][wanted]
    losses = cross_entropy(logits.float(), targets[wanted], reduction="none")
    return -torch.zeros(targets.shape, device=core.device).masked_scatter(wanted, losses).sum(1)


@torch.no_grad()
def packs(core: Any, samples: Sequence[Sample]) -> bool:
    """Are these samples as likely packed as padded? Recurrent models, and some attentions, see across."""
    training = core.training
    core.eval()
    try:
        found, expected = (how(core, samples) for how in (log_likelihoods_packed, log_likelihoods_padded))
    except (ValueError, TypeError, IndexError, RuntimeError, NotImplementedError):
        return False
    finally:
        core.train(training)
    return bool(torch.allclose(found, expected, rtol=0.02))


def _half(core: Any) -> AbstractContextManager[object]:
    half = core.dtype == torch.bfloat16
    return torch.autocast(core.device.type, torch.bfloat16) if half else nullcontext()


def imitation(likelihoods: torch.Tensor, tokens: torch.Tensor, batch: Sequence[Sample]) -> torch.Tensor:
    """Weighted mean negative log-likelihood per token of the liked pieces of a batch; 0 if there are none."""
    weights = likelihoods.new_tensor([sample.weight if sample.liked else 0.0 for sample in batch])
    liked = likelihoods.new_tensor([float(sample.liked) for sample in batch])
    return -(weights * likelihoods).sum() / (liked * tokens).sum().clamp(min=1)


def preference(likelihoods: torch.Tensor, batch: Sequence[Sample], beta: float) -> torch.Tensor:
    """KTO's loss (Ethayarajh et al. 2024, arXiv:2402.01306) with its reference point at 0.

    A gain is how much likelier than under the base a piece has become; it counts less the larger it is,
    so the model is not driven further than it takes to tell liked from disliked. The reference point of the
    paper is a mean over mismatched pairs of the batch, which eight short pieces do not estimate.
    """
    references = likelihoods.new_tensor([sample.reference for sample in batch])
    signs = likelihoods.new_tensor([1.0 if sample.liked else -1.0 for sample in batch])
    weights = likelihoods.new_tensor([sample.weight for sample in batch])
    return (weights * (1 - torch.sigmoid(beta * signs * (likelihoods - references)))).mean()
