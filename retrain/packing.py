"""Several samples in one row of tokens, the beginning that their prompts share only once.

A form's instruction and its examples are most of a prompt, so a batch of one form is a third as long in one
row, and nothing is padded but in attention, which keeps the samples from seeing each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch

from retrain.samples import Sample
from retrain.segment_attention import Segments


@dataclass(frozen=True, slots=True)
class Row:
    """`tokens`, `positions`: [1, row]; `segments`: what is shared, and whose the rest is.

    Of the completions' tokens, each [tokens]: `before` is the place in the row that predicts one, `targets`
    are the tokens themselves, `owners` the numbers of their samples.
    """

    tokens: torch.Tensor
    positions: torch.Tensor
    segments: Segments
    before: torch.Tensor
    targets: torch.Tensor
    owners: torch.Tensor


def shared_beginning(prompts: Sequence[Sequence[int]]) -> int:
    """How many tokens all prompts begin with in common. The last token of each is always its own."""
    shortest = min(len(prompt) for prompt in prompts) - 1
    columns = zip(*(prompt[:shortest] for prompt in prompts), strict=True)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def packed(samples: Sequence[Sample]) -> Row:
    """The samples in one row."""
    shared = shared_beginning([sample.prompt for sample in samples])
    tokens = samples[0].prompt[:shared]
    positions = list(range(shared))
    lengths: list[int] = []
    before: list[int] = []
    targets: list[int] = []
    owners: list[int] = []
    for number, sample in enumerate(samples):
        own = sample.prompt[shared:] + sample.completion
        first = len(tokens) + len(own) - len(sample.completion)
        before += range(first - 1, first - 1 + len(sample.completion))
        targets += sample.completion
        owners += [number] * len(sample.completion)
        tokens = tokens + own
        positions += range(shared, shared + len(own))
        lengths.append(len(own))
    return Row(
        torch.tensor([tokens]),
        torch.tensor([positions]),
        Segments(shared, tuple(lengths)),
        torch.tensor(before),
        torch.tensor(targets),
        torch.tensor(owners),
    )
