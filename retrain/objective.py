"""What a candidate is trained towards: what was liked likelier than under the base, the rest less likely."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from peft import PeftModel
from torch import nn
from torch.nn.functional import cross_entropy, logsigmoid

from generation.perplexity import pad
from retrain.layer_stack import still_layers
from retrain.objective_choice import Objective
from retrain.packing import packed
from retrain.recipe import Recipe
from retrain.remembered_layers import ROOM, Remembered
from retrain.samples import Part, Sample
from retrain.segment_attention import attending

PACKED = 16  # Samples in one row, at most: its products are wide enough, and it takes memory.


class Likelihoods:
    """Log-likelihoods of completions, packed where the model computes the same that way, else padded.

    `room`: bytes for what layers that learn nothing make of packed samples, so that it is computed once.
    """

    def __init__(self, model: Any, room: int = 0) -> None:
        self._core = model.get_base_model() if isinstance(model, PeftModel) else model
        self._packs: bool | None = None
        self._still = still_layers(self._core)  # Found now: with adapters switched off nothing would learn.
        self._room = room
        self._remembered = Remembered()

    def __call__(self, batch: Sequence[Sample]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-likelihood of each completion given its prompt, [samples], and its tokens, [samples]."""
        if self._packs is None:
            self._packs = packs(self._core, batch[:2])
            if self._packs and self._remembers(batch[:2]):
                self._remembered = Remembered(self._still, self._room)
        if self._packs and len(batch) <= PACKED:
            likelihoods = log_likelihoods_packed(self._core, batch, self._remembered)
        else:
            likelihoods = log_likelihoods_padded(self._core, batch)
        return likelihoods, likelihoods.new_tensor([len(sample.completion) for sample in batch])

    def _remembers(self, samples: Sequence[Sample]) -> bool:
        return bool(self._room and self._still) and remembers(self._core, self._still, samples)


def log_likelihoods_packed(core: Any, batch: Sequence[Sample], remembered: Remembered) -> torch.Tensor:
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
    owners = row.owners.to(core.device)
    losses = _losses(logits, row.targets.to(core.device), _temperatures(batch, core.device)[owners])
    totals = torch.zeros(len(batch), device=core.device)
    return -totals.index_add(0, owners, losses)


def log_likelihoods_padded(core: Any, batch: Sequence[Sample]) -> torch.Tensor:
    """A row for each sample, right for every model."""
    pairs = [(sample.prompt, sample.completion) for sample in batch]
    ids, labels, mask = (tensor.to(core.device) for tensor in pad(pairs))
    targets = labels[:, 1:]
    wanted = targets >= 0
    with _half(core):
        logits = core(input_ids=ids, attention_mask=mask).logits[:, :-1][wanted]
    temperatures = _temperatures(batch, core.device)[:, None].expand_as(targets)[wanted]
    losses = _losses(logits, targets[wanted], temperatures)
    return -torch.zeros(targets.shape, device=core.device).masked_scatter(wanted, losses).sum(1)


def _losses(logits: torch.Tensor, targets: torch.Tensor, temperatures: torch.Tensor) -> torch.Tensor:
    """Of each token as it is drawn: at another temperature, what is imitated would be sharpened twice."""
    return cross_entropy(logits.float() / temperatures[:, None], targets, reduction="none")


def _temperatures(batch: Sequence[Sample], device: torch.device) -> torch.Tensor:
    return torch.tensor([sample.temperature for sample in batch], device=device)


def packs(core: Any, samples: Sequence[Sample]) -> bool:
    """Are these samples as likely packed as padded? Recurrent models, and some attentions, see across."""
    in_one_row = partial(log_likelihoods_packed, core, samples, Remembered())
    return _alike(core, in_one_row, partial(log_likelihoods_padded, core, samples), rtol=0.02)


def remembers(core: Any, still: Sequence[nn.Module], samples: Sequence[Sample]) -> bool:
    """Are they as likely once these layers are skipped? Some models' upper layers look at lower ones."""
    remembered = Remembered(still, ROOM)
    twice = partial(log_likelihoods_packed, core, samples, remembered)
    return _alike(core, twice, twice, rtol=1e-4)


@torch.no_grad()
def _alike(core: Any, *ways: Callable[[], torch.Tensor], rtol: float) -> bool:
    """Do two ways lead to the same, with nothing dropped out?"""
    training = core.training
    core.eval()
    try:
        found, expected = (way() for way in ways)
    except (ValueError, TypeError, IndexError, RuntimeError, NotImplementedError):
        return False
    finally:
        core.train(training)
    return bool(torch.allclose(found, expected, rtol=rtol))


def _half(core: Any) -> AbstractContextManager[object]:
    half = core.dtype == torch.bfloat16
    return torch.autocast(core.device.type, torch.bfloat16) if half else nullcontext()


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
