"""What a candidate is trained towards: what was liked likelier than under the base, the rest less likely."""

from collections.abc import Sequence

import torch
from torch.nn.functional import logsigmoid

from retrain.objective_choice import Objective
from retrain.recipe import Recipe
from retrain.samples import Part, Sample


def loss_of(
    likelihoods: torch.Tensor,
    tokens: torch.Tensor,
    batch: Sequence[Sample],
    objective: Objective,
    recipe: Recipe,
) -> torch.Tensor:
    """The loss of a batch. Each part counts by its share of the batch's samples."""
    imitated = 1.0 if objective == "sft" else recipe.imitation

    def part(wanted: Part) -> tuple[torch.Tensor, torch.Tensor, list[Sample], float]:
        places = [place for place, sample in enumerate(batch) if sample.part == wanted]
        chosen = [batch[place] for place in places]
        return likelihoods[places], tokens[places], chosen, len(places) / len(batch)

    loss = likelihoods.new_zeros(())
    found, counts, samples, share = part("judged")
    if samples:
        judged = preference(found, samples, recipe.beta) if objective == "kto" else 0.0
        loss = loss + share * (judged + imitated * imitation(found, counts, samples))
    found, counts, samples, share = part("paired")
    if samples:
        preferred = direct_preference(found, samples, recipe.beta)
        loss = loss + share * (preferred + imitated * imitation(found, counts, samples))
    found, counts, samples, share = part("written")
    if samples:
        loss = loss + share * recipe.replay * imitated * imitation(found, counts, samples)
    return loss


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


def direct_preference(likelihoods: torch.Tensor, batch: Sequence[Sample], beta: float) -> torch.Tensor:
    """DPO's loss (Rafailov et al. 2023, arXiv:2305.18290). The better of each pair comes first."""
    references = likelihoods.new_tensor([sample.reference for sample in batch])
    weights = likelihoods.new_tensor([sample.weight for sample in batch[::2]])
    gains = likelihoods - references
    return -(weights * logsigmoid(beta * (gains[::2] - gains[1::2]))).mean()
