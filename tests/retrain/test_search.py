"""A search tries recipes within its time, goes on where it was left, and takes the best."""

from pathlib import Path

import pytest

from retrain.loop import TrainingDiverged
from retrain.recipe import Recipe
from retrain.search import Report, search

USUAL = Recipe(learning_rate=1e-3)


class Valley:
    """Best at a learning rate of 2e-3; every trial takes what it is told to."""

    def __init__(self, most: int) -> None:
        self.tried: list[Recipe] = []
        self._most = most

    def __call__(self, recipe: Recipe, report: Report) -> float:
        self.tried.append(recipe)
        if len(self.tried) > self._most:
            raise KeyboardInterrupt
        if recipe.learning_rate > 7e-3:
            raise TrainingDiverged("the loss was nan")
        found = abs(recipe.learning_rate - 2e-3)
        report(found)
        return found


def look(valley: Valley, folder: Path, minutes: float) -> Recipe:
    return search(USUAL, valley, folder / "search.db", "x", minutes, lambda **_: None)


def test_the_given_recipe_comes_first_and_counts_even_without_time(tmp_path: Path) -> None:
    valley = Valley(5)
    assert look(valley, tmp_path, 0) == USUAL
    assert valley.tried == [USUAL]


def test_a_search_that_was_killed_goes_on_and_ends_with_the_best(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        look(Valley(6), tmp_path, 10)
    later = Valley(99)
    found = look(later, tmp_path, 0)
    assert later.tried == []  # The time was over, and there was something to take.
    assert abs(found.learning_rate - 2e-3) <= abs(USUAL.learning_rate - 2e-3)
