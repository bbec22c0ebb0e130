"""Weigh what readers agree about, and choose what is worth reading, before any text is read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import groupby

from retrain.judging import Verdict, Voices, Who
from retrain.selection import Selection
from retrain.weighting import Parts, cap_shares, cap_totals, capped


@dataclass(frozen=True, slots=True)
class Weighed:
    verdict: Verdict
    weight: float
    voices: Voices  # With their parts of this weight.


def weighed(verdicts: Iterable[Verdict], selection: Selection) -> Iterator[Weighed]:
    """Among the liked and the disliked of each side of the split, nobody outweighs the others.

    Each such group after the other, what is held out and what is liked first.
    """
    groups: dict[tuple[bool, bool], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[_group_of(verdict)].append(verdict)
    for _, group in sorted(groups.items()):
        for verdict, (weight, voices) in zip(group, _weights(group, selection), strict=True):
            yield Weighed(verdict, weight, tuple(voices))


def _group_of(verdict: Verdict) -> tuple[bool, bool]:
    return not verdict.heldout, not verdict.liked


def _weights(group: Sequence[Verdict], selection: Selection) -> list[tuple[float, Parts[Who]]]:
    """The cap on readers comes last, so that it holds exactly."""
    weights = [verdict.certainty for verdict in group]
    weights = cap_totals(weights, [verdict.subject for verdict in group], selection.prompt_weight)
    versions = [_sole(verdict.model_version) for verdict in group]
    weights = cap_shares(weights, versions, lambda _: selection.version_share)
    voices = [verdict.voices for verdict in group]
    return capped(weights, voices, lambda who: selection.share_of(who[1]))


@lru_cache
def _sole(version: str) -> tuple[tuple[str, float], ...]:
    """A person's text belongs to no version."""
    return ((version, 1.0),) if version else ()


def in_order(found: Iterable[Weighed], most: int) -> list[Weighed]:
    """What to keep of what is nearly the same, first: held out, liked, weighty; then as good as random.

    At most so many of each group, of which no more are held in memory at a time.
    """
    groups = groupby(found, key=lambda one: _group_of(one.verdict))
    return [one for _, group in groups for one in nsmallest(most, group, key=_place)]


def _place(one: Weighed) -> tuple[float, int, tuple[int, int]]:
    return (-round(one.weight, 6), one.verdict.rank, one.verdict.key)
