"""What shares a step: never two rated pieces of one prompt, always both sides of a pair."""

from collections import Counter
from collections.abc import Sequence

import pytest

from retrain.arrangement import apart, batches
from retrain.recipe import Recipe
from retrain.samples import Part, Sample, Unit


def unit(prompt: int, length: int = 2, part: Part = "judged") -> Unit:
    return (Sample([prompt, 7], [1] * length, True, 1.0, part=part),)


def pair(prompt: int) -> Unit:
    return tuple(Sample([prompt, 7], [1, 2], liked, 1.0, part="paired") for liked in (True, False))


def prompts(batch: Sequence[Sample]) -> list[tuple[int, ...]]:
    return [tuple(sample.prompt) for sample in batch]


def test_rated_pieces_of_one_prompt_never_share_a_batch() -> None:
    units = [unit(number % 3, 2 + number) for number in range(20)]
    for epoch in range(3):
        made = batches(units, Recipe(batch=8), epoch)
        assert sum(map(len, made)) == 20
        assert all(max(Counter(prompts(batch)).values()) == 1 for batch in made)


def test_every_unit_is_seen_once_an_epoch_in_an_order_of_its_own() -> None:
    units = [unit(number, number) for number in range(1, 22)]
    seen = [[len(s) for b in batches(units, Recipe(), epoch) for s in b] for epoch in (0, 0, 1)]
    assert sorted(seen[0]) == [number + 2 for number in range(1, 22)]
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize(
    ("units", "sizes"),
    [
        ([pair(1), pair(1), pair(1)], [4, 2]),  # Pairs of one prompt may meet.
        ([unit(1), pair(2), pair(3)], [3, 2]),
        ([unit(1), unit(1), unit(2)], [2, 1]),
        ([unit(1, part="written"), unit(1, part="written")], [2]),
        ([], []),
    ],
)
def test_pairs_stay_together_within_the_size_of_a_batch(units: list[Unit], sizes: list[int]) -> None:
    assert [len(batch) for batch in apart(units, 4)] == sizes


def test_a_pair_that_is_larger_than_a_batch_is_one() -> None:
    assert [len(batch) for batch in apart([pair(1), pair(2)], 1)] == [2, 2]
