"""What a candidate is trained towards: liked pieces likelier than under the base, disliked ones less."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from generation.perplexity import pad
from retrain.samples import Sample


def log_likelihoods(model: Any, batch: Sequence[Sample]) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-likelihood of each completion given its prompt, [samples], and its tokens, [samples]."""
    core = model.get_base_model()
    device = core.device
    ids, labels, mask = (t.to(device) for t in pad([(sample.prompt, sample.completion) for sample in batch]))
    targets = labels[:, 1:]
    wanted = targets >= 0
    half = torch.autocast(device.type, torch.bfloat16) if core.dtype == torch.bfloat16 else nullcontext()
    with half:
        hidden = core.model(input_ids=ids, attention_mask=mask).last_hidden_state
        # The vocabulary is the dearest layer, so only the places that are learned from meet it.
        logits = core.lm_head(hidden[:, :-1][wanted])
    losses = cross_entropy(logits.float(), targets[wanted], reduction="none")
    per_token = torch.zeros(targets.shape, device=device).masked_scatter(wanted, losses)
    return -per_token.sum(1), wanted.sum(1)


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
