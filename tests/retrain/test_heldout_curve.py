"""A run tells what held-out pieces are to the candidate while it learns, and that changes nothing in it."""

from typing import Any

import pytest
import torch

from generation.base_models import Base
from retrain.dataset import Dataset
from retrain.heldout_curve import HeldOut, affordable
from retrain.methods import trained_in
from retrain.recipe import Recipe
from retrain.samples import Sample, Unit
from retrain.training import train
from tests.retrain.rows import example

TRAIN = Dataset(
    tuple(example(n, liked=n % 2 == 0, theme=f"theme {n}", text=f"Rain on roof {n}.") for n in range(8))
)
HELD = tuple(example(n, liked=n % 3 > 0, theme=f"theme {n}", text=f"Snow on roof {n}.") for n in range(8, 14))


class Told:
    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def __call__(self, **now: Any) -> None:
        self.all.append(now)

    def of(self, name: str) -> list[Any]:
        return [now[name] for now in self.all if name in now]


@pytest.mark.parametrize("recipe", [Recipe(rank=2, objective="kto"), Recipe(method="full", objective="sft")])
def test_who_looks_on_changes_no_bit_of_what_is_trained(tiny_base: Base, recipe: Recipe) -> None:
    told = Told()
    alone, _ = train(tiny_base, TRAIN, recipe, "cpu", lambda *_: None)
    watched, course = train(tiny_base, TRAIN, recipe, "cpu", lambda *_: None, heldout=HeldOut(HELD, told))
    weights = trained_in(watched)

    assert all(torch.equal(value, weights[name]) for name, value in trained_in(alone).items())
    assert told.of("heldout") == [4]  # Liked ones.
    [before], measured = told.of("before"), [epoch["heldout_perplexity"] for epoch in told.of("epochs")[-1]]
    assert len(measured) == recipe.epochs == len(course.epochs)
    assert before > 1
    assert measured[0] != before


def test_without_held_out_pieces_the_epochs_are_told_all_the_same(small_base: Base) -> None:
    told = Told()
    train(small_base, TRAIN, Recipe(rank=2), "cpu", lambda *_: None, heldout=HeldOut((), told))

    assert [len(epochs) for epochs in told.of("epochs")] == [1, 2]
    assert told.of("before") == []


def units(count: int, tokens: int) -> list[Unit]:
    return [(Sample([1] * (tokens - 1), [2], True, 1.0),)] * count


@pytest.mark.parametrize(
    ("learned", "epochs", "kept"),
    [(8, 2, 4), (100, 2, 4), (1000, 2, 20), (1000, 8, 26), (100_000, 2, 64)],
)
def test_looking_on_costs_a_hundredth_of_learning_except_in_small_trainings(
    learned: int, epochs: int, kept: int
) -> None:
    assert len(affordable(units(500, 30), units(learned, 30), epochs)) == kept
