"""Are many more readers unhappy than usual? Pure.

Votes of one reader hang together, so a reader counts once in an hour, by the mean of what they gave then.
The readers of the last hour are held against all hours before: Fisher's exact test, one-sided.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import comb
from statistics import fmean

from feedback.records import Opinion

HOUR = timedelta(hours=1)
BASELINE = timedelta(days=7)
REST = timedelta(hours=12)  # After a surge was told, before one is told again.
_SURE = 0.001  # At every look; a week of looks sees some hundred hours that share nothing.
_FEWEST = 5  # Unhappy readers.
_MORE = 0.2  # Than usual, of the readers: what is worth a message.
_USUAL = (3, 10)  # Unhappy, of so many: what is taken for usual before there is a week to look at.


@dataclass(frozen=True, slots=True)
class Unhappy:
    """So many readers, in hours of theirs, of whom so many disliked what they got."""

    count: int
    of: int

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Rise:
    now: Unhappy
    before: Unhappy
    chance: float  # That so many or more of the unhappy are of this hour, were it an hour like the others.


def surge(opinions: Sequence[Opinion], moment: datetime, told: datetime | None) -> Rise | None:
    """The rise, if operators should hear of it now."""
    if told is not None and moment - told < REST:
        return None
    rise = rise_of(opinions, moment)
    worth_it = rise.now.count >= _FEWEST and rise.now.share >= rise.before.share + _MORE
    return rise if worth_it and rise.chance < _SURE else None


def rise_of(opinions: Sequence[Opinion], moment: datetime) -> Rise:
    held: dict[tuple[int, int], list[float]] = defaultdict(list)  # By hours ago, and reader.
    for opinion in opinions:
        held[int((moment - opinion.given_at) / HOUR), opinion.reader_id].append(opinion.value)
    now, before = _count(held, current=True), _count(held, current=False)
    before = Unhappy(before.count + _USUAL[0], before.of + _USUAL[1])
    return Rise(now, before, _chance(now, before))


def _count(held: dict[tuple[int, int], list[float]], *, current: bool) -> Unhappy:
    means = [fmean(values) for (ago, _), values in held.items() if (ago < 1) == current]
    return Unhappy(sum(mean < 0 for mean in means), len(means))


def _chance(now: Unhappy, before: Unhappy) -> float:
    """The upper tail of the hypergeometric distribution, in whole numbers."""
    everybody, unhappy = now.of + before.of, now.count + before.count
    most = min(now.of, unhappy)
    ways = sum(comb(unhappy, k) * comb(everybody - unhappy, now.of - k) for k in range(now.count, most + 1))
    return ways / comb(everybody, now.of)
