"""How far a candidate goes the way that it has learned: as far as neither language nor variety suffers.

What a night of ratings teaches is a small step, and what lies further the same way often pleases readers more
(extrapolation, Zheng et al. 2024, ExPO, arXiv:2404.16792). What that costs is read in seconds: bits per byte
of what people wrote, and how sure the model has become of each next word of pieces.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from generation.forms import Catalogue
from generation.prompts import render_example
from generation.version_weights import kind_of
from retrain.asking import conversation
from retrain.dataset import Example
from retrain.evaluation import by_themselves
from retrain.likelihoods import Foreseen, Likelihoods
from retrain.methods import trained_in
from retrain.recipe import Recipe
from retrain.remembered_layers import ROOM
from retrain.samples import Sample

_STRAIGHT = ("lora", "rslora")  # What they add to the weights is in proportion to B.
_STEP = 0.125
_LONGEST = 512  # Tokens of a text that are read.
_PIECES = 32
_BATCH = 8  # Texts.

Tokens = tuple[list[int], list[int]]  # What comes before, and what is looked at.
_Batches = Sequence[Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Texts:
    """That are read to see what a step costs."""

    human: Sequence[Tokens]
    pieces: Sequence[Tokens]


@dataclass(frozen=True, slots=True)
class State:
    """What a model makes of them."""

    nats: float  # That human text costs: bits per byte of the same texts are in proportion.
    entropy: float  # Of the next token of pieces, in nats.


def texts_of(
    tokenizer: PreTrainedTokenizerBase, human: Sequence[str], examples: Sequence[Example], forms: Catalogue
) -> Texts:
    """Passages by themselves, from their second token on, and rated pieces, liked or not, as answers."""
    rated = sorted((e for e in examples if e.kind == "rated"), key=lambda e: e.text_sha256)
    pieces = [render_example(tokenizer, conversation(forms, e.asked), e.text) for e in rated[:_PIECES]]
    return Texts(by_themselves(tokenizer, human), [(before, text[:_LONGEST]) for before, text in pieces])


@torch.no_grad()
def go_as_far(model: Any, texts: Texts, recipe: Recipe) -> float:
    """Lengthen what LoRA has learned, and say by what: at most `recipe.reach`, and no further than it costs.

    1 if even a little more costs too much, and for methods that go no straight way. What costs too much is
    taken to do so further on as well, so that few steps have to be tried.
    """
    if recipe.reach <= 1 or not (texts.human and texts.pieces and kind_of(model) in _STRAIGHT):
        return 1.0
    likelihoods = Likelihoods(model.eval(), ROOM)
    human, pieces = _batches(texts.human), _batches(texts.pieces)
    with model.disable_adapter():
        base = _state(likelihoods, human, pieces)
    learned = [(outer, outer.clone()) for outer in _outer(model)]

    def too_far(steps: int) -> bool:
        _lengthen(learned, 1 + steps * _STEP)
        return not bearable(_state(likelihoods, human, pieces), base, recipe)

    allowed = range(1, int((recipe.reach - 1) / _STEP) + 1)
    reach = 1 + bisect_left(allowed, True, key=too_far) * _STEP
    _lengthen(learned, reach)
    return reach


def bearable(candidate: State, base: State, recipe: Recipe) -> bool:
    """Has it lost neither too much of human text nor of its variety?"""
    remembers = candidate.nats <= (1 + recipe.forgetting) * base.nats
    return remembers and candidate.entropy >= (1 - recipe.sharpening) * base.entropy


def _state(likelihoods: Likelihoods, human: _Batches, pieces: _Batches) -> State:
    nats = sum(-float(likelihoods(batch)[0].sum()) for batch in human)
    entropies = [_entropies(likelihoods.foreseen(batch)) for batch in pieces]
    return State(nats, float(torch.cat(entropies).mean()))


def _batches(texts: Sequence[Tokens]) -> _Batches:
    """Texts whose prompts begin alike are read together."""
    samples = [Sample(before, text, liked=True, weight=1.0) for before, text in sorted(texts)]
    return [samples[start : start + _BATCH] for start in range(0, len(samples), _BATCH)]


def _entropies(seen: Foreseen) -> torch.Tensor:
    """Of each token that was foreseen."""
    likely = seen.logits.float().log_softmax(-1)
    return -(likely.exp() * likely).sum(-1)


def _outer(model: Any) -> list[torch.Tensor]:
    """B of every layer."""
    return [weight for name, weight in trained_in(model).items() if ".lora_B." in name]


def _lengthen(learned: Sequence[tuple[torch.Tensor, torch.Tensor]], reach: float) -> None:
    for outer, as_trained in learned:
        outer.copy_(reach * as_trained)
