"""A search tries recipes within its time, goes on where it was left, and takes the best."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrain.loop import TrainingDiverged
from retrain.recipe import Recipe
from retrain.search import Report, search
from retrain.training_folders import kept_so_far

USUAL = Recipe(learning_rate=1e-3)


class Valley:
    """Best at a learning rate of 2e-3; every trial takes what it is told to."""

    def __init__(self, most: int, bearable: float = 7e-3) -> None:
        self.tried: list[Recipe] = []
        self._most = most
        self._bearable = bearable

    def __call__(self, recipe: Recipe, report: Report) -> float:
        self.tried.append(recipe)
        if len(self.tried) > self._most:
            raise KeyboardInterrupt
        if recipe.learning_rate > self._bearable:
            raise TrainingDiverged("the loss was nan")
        found = abs(recipe.learning_rate - 2e-3)
        report(found)
        return found


def look(valley: Valley, folder: Path, minutes: float) -> Recipe:
    return search(USUAL, valley, folder / "models", "x", minutes, lambda **_: None)


def test_the_given_recipe_comes_first_and_counts_even_without_time(tmp_path: Path) -> None:
    valley = Valley(5)
    assert look(valley, tmp_path, 0) == USUAL
    assert valley.tried == [USUAL]


def test_a_search_in_which_everything_diverges_ends_with_its_time(tmp_path: Path) -> None:
    assert look(Valley(10_000, bearable=0), tmp_path, 0.002) == USUAL


def test_a_search_that_was_killed_goes_on_and_ends_with_the_best(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        look(Valley(6), tmp_path, 10)
    later = Valley(99)
    found = look(later, tmp_path, 0)
    assert later.tried == []  # The time was over, and there was something to take.
    assert abs(found.learning_rate - 2e-3) <= abs(USUAL.learning_rate - 2e-3)


def test_each_trial_that_ends_counts_as_getting_further(tmp_path: Path) -> None:
    models, seen = tmp_path / "models", [kept_so_far(tmp_path / "models")]

    def killed_in_its_third(recipe: Recipe, report: Report) -> float:
        if len(seen) > 2:
            raise KeyboardInterrupt
        seen.append(kept_so_far(models))
        return 1.0

    for _ in range(2):  # The second one is killed in its first.
        with pytest.raises(KeyboardInterrupt):
            search(USUAL, killed_in_its_third, models, "x", 10, lambda **_: None)
        seen.append(kept_so_far(models))
    first, second, third, fourth, fifth = seen
    assert first == second == frozenset()
    assert len({first, third, fourth}) == 3
    assert fourth == fifth


def kill_the_last_trial(database: Path) -> None:
    """As if its process had been killed eight hours ago."""
    with closing(sqlite3.connect(database)) as rows, rows:
        changed = rows.execute(
            "UPDATE trials SET state = 'RUNNING', datetime_complete = NULL,"
            " datetime_start = datetime('now', 'localtime', '-8 hours')"
            " WHERE trial_id = (SELECT max(trial_id) FROM trials)"
        )
    assert changed.rowcount == 1


def test_hours_in_which_nothing_ran_are_not_counted(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        look(Valley(3), tmp_path, 10)
    kill_the_last_trial(tmp_path / "training" / "search.db")
    later = Valley(2)
    with pytest.raises(KeyboardInterrupt):
        look(later, tmp_path, 10)
    assert len(later.tried) == 3


def test_time_that_was_spent_counts_and_more_of_it_goes_on(tmp_path: Path) -> None:
    look(Valley(10_000), tmp_path, 0.005)
    again = Valley(0)
    look(again, tmp_path, 0.005)
    assert again.tried == []
    with pytest.raises(KeyboardInterrupt):
        look(again, tmp_path, 10)
    assert len(again.tried) == 1
    assert again.tried[0] != USUAL  # The first of a search was tried long ago.
