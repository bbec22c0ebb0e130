"""Intervals are as sure as they say, of few items too."""

from statistics import NormalDist

import numpy as np
import pytest

from retrain.bootstrap import FEWEST, expanded, interval, paired
from retrain.series import mean_of


@pytest.mark.parametrize(
    ("sure", "items", "student"),  # Quantiles of Student's t from a table.
    [
        (0.95, FEWEST, 2.015),
        (0.975, FEWEST, 2.571),
        (0.975, 12, 2.201),
        (0.99, 12, 2.718),
        (0.975, 61, 2.000),
    ],
)
def test_a_quantile_is_as_far_out_as_students_t_says(sure: float, items: int, student: float) -> None:
    spread = ((items - 1) / items) ** 0.5  # Of means that are resampled, beside that of means.
    assert NormalDist().inv_cdf(expanded(sure, items)) * spread == pytest.approx(student, rel=0.003)


def test_of_many_items_nothing_is_widened() -> None:
    assert expanded(0.975, 10_000) == pytest.approx(0.975, abs=1e-4)


@pytest.mark.parametrize("items", [8, 12, 48])
def test_a_true_mean_is_below_the_interval_as_seldom_as_it_says(items: int) -> None:
    random, names = np.random.default_rng(items), [f"{n}" for n in range(items)]
    found = [interval(mean_of("m", names, random.normal(0, 1, items).tolist()), 0.975) for _ in range(2000)]
    below = sum(one is not None and one.low > 0 for one in found) / len(found)
    assert 0.015 < below < 0.035


def test_too_few_items_have_no_interval() -> None:
    few = mean_of("m", [f"{n // 2}" for n in range(2 * FEWEST - 2)], [1.0] * (2 * FEWEST - 2))
    assert interval(few, 0.975) is None
    assert paired(few, few, 0.975) is None
