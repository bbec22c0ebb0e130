"""Intervals by resampling items: of one figure, and of the difference of two on the same items.

The percentile bootstrap (Efron and Tibshirani 1993, ch. 13), expanded for few items (Hesterberg 2015,
arXiv:1411.5279): of ten, the plain one errs twice as often as it says. Items are drawn whole, with all that
was measured on them, for pieces of one prompt are alike. The same draws serve both versions: they are a pair.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from feedback.records import Figure
from retrain.series import Series

FEWEST = 6  # Items; of fewer, resampling says too little about what others would have been.
_ROUNDS = 2000
_SEED = 20_260  # Any; fixed, so that a verdict can be repeated.

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


class Unpaired(Exception):
    """Raised when two series were not measured on the same items."""


def interval(series: Series, sure: float) -> Interval | None:
    """Where the value lies: below `low`, and above `high`, with probability 1 − `sure` each.

    None if there are too few items to say.
    """
    draws = _draws(series)
    return None if draws is None else _between(_values(series, draws), expanded(sure, draws.shape[1]))


def figure_of(series: Series) -> Figure:
    """A metric's value with its 95 % interval, as it is kept."""
    found = interval(series, 0.975)
    low, high = (found.low, found.high) if found else (None, None)
    return Figure(series.metric, series.value, series.n, low=low, high=high)


def paired(candidate: Series, champion: Series, sure: float) -> Interval | None:
    """The same of candidate minus champion. Raises Unpaired."""
    if candidate.items != champion.items:
        raise Unpaired(candidate.metric)
    draws = _draws(candidate)
    if draws is None:
        return None
    return _between(_values(candidate, draws) - _values(champion, draws), expanded(sure, draws.shape[1]))


def expanded(sure: float, items: int) -> float:
    """The quantile of means of so few resampled items that is as sure: they vary less than such means do."""
    return NormalDist().cdf(sqrt(items / (items - 1)) * _student(sure, items - 1))


def _student(probability: float, freedom: int) -> float:
    """Quantile of Student's t, to a hundredth from 5 degrees on (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf(probability)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def _draws(series: Series) -> Numbers | None:
    """How often each item is in each round; [rounds, items]."""
    distinct = len(set(series.items))
    return None if distinct < FEWEST else _drawn(distinct)


@lru_cache(maxsize=8)
def _drawn(items: int) -> Numbers:
    random = np.random.default_rng(_SEED)
    return random.multinomial(items, [1 / items] * items, size=_ROUNDS).astype(np.float64)


def _values(series: Series, draws: Numbers) -> Numbers:
    """The series' value in each round."""
    _, place = np.unique(np.array(series.items), return_inverse=True)
    parts = np.bincount(place, series.parts, draws.shape[1])
    weights = np.bincount(place, series.weights, draws.shape[1])
    drawn = draws @ weights
    ratio = np.divide(draws @ parts, drawn, out=np.zeros(len(draws)), where=drawn > 0)
    return np.exp(np.minimum(ratio, 700.0)) if series.logarithmic else ratio


def _between(values: Numbers, sure: float) -> Interval:
    low, high = np.quantile(values, [1 - sure, sure])
    return Interval(float(low), float(high))
