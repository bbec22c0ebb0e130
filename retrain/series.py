"""One metric item by item, so that two versions can be compared on the very same items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite

_LARGEST = 700.0  # exp of more is no float.


@dataclass(frozen=True, slots=True)
class Series:
    """A metric whose value is the sum of its parts over the sum of their weights."""

    metric: str
    items: tuple[str, ...]  # What each part was measured on; several of one item belong together.
    parts: tuple[float, ...]
    weights: tuple[float, ...]
    logarithmic: bool = False  # The value is e to the power of that ratio.

    @property
    def n(self) -> int:
        return len(self.parts)

    @property
    def value(self) -> float:
        """0 where there is nothing to divide by: no words are no distinct words."""
        weight = sum(self.weights)
        ratio = sum(self.parts) / weight if weight else 0.0
        if not self.logarithmic:
            return ratio
        return exp(ratio) if ratio < _LARGEST else inf

    @property
    def broken(self) -> bool:
        """Holds what is no number."""
        return not (all(map(isfinite, self.parts)) and isfinite(self.value))


Measured = dict[str, Series]  # By metric; a metric that was not measured is not there.


def mean_of(metric: str, items: Iterable[str], values: Sequence[float]) -> Series:
    """The plain mean of one value per item."""
    return Series(metric, tuple(items), tuple(map(float, values)), (1.0,) * len(values))
