"""A team's steps are those of one process: every sample is somebody's, and the shares add up."""

import pytest
import torch

from retrain.objective import loss_of
from retrain.recipe import Recipe
from retrain.samples import Sample
from retrain.team import Team

SINGLES = [Sample([n], [1], n % 2 == 0, 1.0, -3.0) for n in range(5)]
PAIRS = [Sample([n], [1], liked, 1.0, -3.0, part="paired") for n in range(3) for liked in (True, False)]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_sample_is_somebodys_and_pairs_stay_together(size: int) -> None:
    batch = [*PAIRS, *SINGLES]
    parts = [Team(rank, size).part_of(batch) for rank in range(size)]
    assert sorted((s.prompt, s.liked, s.part) for part in parts for s in part) == sorted(
        (s.prompt, s.liked, s.part) for s in batch
    )
    for part in parts:
        paired = [sample for sample in part if sample.part == "paired"]
        assert [sample.liked for sample in paired] == [True, False] * (len(paired) // 2)


def test_the_mean_of_the_shares_is_the_loss_of_the_whole() -> None:
    recipe = Recipe(imitation=0)

    def loss(batch: list[Sample]) -> float:
        found = torch.tensor([-float(sample.prompt[0]) for sample in batch])
        return float(loss_of(found, torch.ones(len(batch)), batch, "kto", recipe))

    parts = [Team(rank, 2).part_of(SINGLES) for rank in range(2)]
    shares = [loss(part) * len(part) * 2 / len(SINGLES) for part in parts]
    assert sum(shares) / 2 == pytest.approx(loss(SINGLES))
