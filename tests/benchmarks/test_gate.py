"""The examinations that the gate's benchmark draws."""

import numpy as np

from benchmarks.gate import drawn, refused
from retrain.gate import Margins
from retrain.series import Measured, mean_of

ITEMS = [f"theme {n // 2}" for n in range(48)]  # Two pieces of each.


def measured(values: np.ndarray) -> Measured:
    return {metric: mean_of(metric, ITEMS, values.tolist()) for metric in ("distinct_2", "liking")}


def test_half_of_the_items_are_drawn_whole_and_the_same_for_everything_measured_on_them() -> None:
    values = np.arange(48.0)
    ours, theirs = drawn(measured(values), measured(values + 100), np.random.default_rng(0))

    assert len(set(ours["liking"].items)) == 12
    assert ours["liking"].n == 24
    assert ours["distinct_2"].items == ours["liking"].items == theirs["liking"].items
    for item, mine, other in zip(
        ours["liking"].items, ours["liking"].parts, theirs["liking"].parts, strict=True
    ):
        assert ITEMS[int(mine)] == item
        assert other == mine + 100


def test_each_draw_is_another_half() -> None:
    random, values = np.random.default_rng(0), measured(np.arange(48.0))
    halves = {drawn(values, values, random)[0]["liking"].items for _ in range(20)}
    assert len(halves) == 20


def test_of_two_equals_one_passes_about_as_often_as_the_certainty_says() -> None:
    random = np.random.default_rng(0)
    pairs = [(measured(random.normal(1, 0.3, 48)), measured(random.normal(1, 0.3, 48))) for _ in range(800)]
    share = 1 - refused(pairs, 2 * len(pairs), 1, Margins(sure=0.975))
    assert 0.015 < share < 0.035


def test_what_is_clearly_better_passes_and_what_is_clearly_worse_does_not() -> None:
    random = np.random.default_rng(0)
    low, high = (measured(random.normal(mean, 0.1, 48)) for mean in (1, 2))
    assert refused([(high, low)], 6, 1, Margins()) == 1 / 3
    assert refused([(low, high)], 6, 1, Margins()) == 1
