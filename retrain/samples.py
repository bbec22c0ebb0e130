"""Rated pieces as tokens to train on, the liked and the disliked in balance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from transformers import PreTrainedTokenizerBase

from generation.forms import FORMS, Catalogue
from generation.prompts import render_example
from retrain.asking import conversation
from retrain.config import Recipe
from retrain.dataset import Example


@dataclass(frozen=True, slots=True)
class Sample:
    """One piece as tokens. Liked and disliked samples weigh 1 each on average."""

    prompt: list[int]
    completion: list[int]
    liked: bool
    weight: float
    reference: float = 0.0  # Log-likelihood of the completion under the base.
    group: str = ""  # Prompts of one group begin alike.

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


def samples_from(
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[Example],
    longest: int,
    forms: Catalogue = FORMS,
) -> list[Sample]:
    """The examples as the writer would have met them, without those of more than `longest` tokens.

    At most as many disliked as liked ones: there is more to learn from what readers want. Which of them
    is decided by their hash, so it is the same on any machine.
    """
    liked = [example for example in examples if example.liked]
    disliked = sorted((e for e in examples if not e.liked), key=lambda e: e.text_sha256)[: len(liked)]
    groups = (_rendered(tokenizer, group, forms) for group in (liked, disliked))
    return [sample for group in groups for sample in group if len(sample) <= longest]


def _rendered(tokenizer: PreTrainedTokenizerBase, group: Sequence[Example], forms: Catalogue) -> list[Sample]:
    mean = sum(example.weight for example in group) / max(1, len(group))
    return [
        Sample(
            *render_example(tokenizer, conversation(forms, example.asked), example.text),
            liked=example.liked,
            weight=example.weight / mean,
            group=f"{example.form} {example.language}",
        )
        for example in group
    ]


def with_references(samples: Sequence[Sample], references: Sequence[float]) -> list[Sample]:
    return [replace(s, reference=reference) for s, reference in zip(samples, references, strict=True)]


def batches(samples: Sequence[Sample], recipe: Recipe) -> Iterator[list[Sample]]:
    """Every sample once an epoch, in an order that only the seed decides.

    Those that begin alike or are of like length go together.
    """
    random = Random(recipe.seed)  # noqa: S311 - an order, no secret.
    for _ in range(recipe.epochs):
        shuffled = sorted(
            random.sample(samples, len(samples)), key=lambda s: (s.group, len(s) // recipe.bucket)
        )
        in_order = [shuffled[start : start + recipe.batch] for start in range(0, len(shuffled), recipe.batch)]
        yield from random.sample(in_order, len(in_order))
