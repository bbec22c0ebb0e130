"""Is a version that is tried on a share of the readers better or worse than the champion? Pure.

Whether a reader is tried on is drawn by a hash, once, so a reader counts once: with the mean of their first
ratings. Were both versions alike, the draw would say nothing about the ratings, however these hang together;
a bet on the draw would win nothing in the mean. What it wins is an e-process (Ham, Bojinov, Lindon, Tingley
2022, arXiv:2210.08639, design-based; bets as in Waudby-Smith and Ramdas 2024, arXiv:2010.09686): by Ville's
inequality it ever reaches 1/error with no more probability than `error`. So one may look after every rating.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_BETS = np.array(
    [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.9]
)  # Of what may be lost at most: a mixture needs no tuning.

Numbers = NDArray[np.float64]
Step = Literal["promote", "quarantine", "end", "wait"]


@dataclass(frozen=True, slots=True)
class CanaryRules:
    ratings: int = 3  # Of pieces that a reader asked for, until the reader counts.
    error: float = 0.05  # Probability that a version like the champion is ever promoted, or ever quarantined.
    lasts: timedelta = timedelta(days=7)
    at_end: Literal["champion", "canary"] = "champion"  # Who stays when the time is over without a verdict.


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody held first of a piece, and for which reader it had been written."""

    reader: int
    tried: bool  # Is that reader one of those that the canary writes for?
    completion: int
    rater: int
    value: float  # −1 … 1.


@dataclass(frozen=True, slots=True)
class Counted:
    """One reader: the unit that the draw was made for."""

    tried: bool
    value: float


@dataclass(frozen=True, slots=True)
class Evidence:
    better: float = 1.0  # The most that a bet on "better" ever had, from 1.
    worse: float = 1.0
    readers: int = 0
    tried: int = 0
    ahead: float = 0.0  # Mean of those tried on less mean of the others; 0 while either has none.


@dataclass(frozen=True, slots=True)
class Decision:
    step: Step
    reason: str


def counted(votes: Iterable[Vote], ratings: int) -> list[Counted]:
    """The readers in the order in which they have so many ratings. Later ratings change nothing."""
    first: dict[int, list[float]] = {}
    seen: set[tuple[int, int]] = set()
    done: list[Counted] = []
    for vote in votes:
        values = first.setdefault(vote.reader, [])
        if (vote.completion, vote.rater) in seen or len(values) >= ratings:
            continue
        seen.add((vote.completion, vote.rater))
        values.append(vote.value)
        if len(values) == ratings:
            done.append(Counted(vote.tried, sum(values) / ratings))
    return done


def weigh(readers: Sequence[Counted], share: float) -> Evidence:
    """What the readers say so far. `share`: the probability with which each was drawn."""
    if not readers or not 0 < share < 1:
        return Evidence()
    drawn = np.array([float(reader.tried) for reader in readers])
    values = np.array([reader.value for reader in readers])
    # Seen from the mean of all readers before: it is known before the next draw is.
    center = np.concatenate([[0.0], np.cumsum(values)[:-1]]) / np.maximum(1, np.arange(len(values)))
    gain = (drawn - share) * (values - center)
    loss = np.maximum((1 - share) * (1 + center), share * (1 - center))  # At most, of a bet on "better".
    loss_worse = np.maximum((1 - share) * (1 - center), share * (1 + center))
    tried, others = values[drawn == 1], values[drawn == 0]
    ahead = float(tried.mean() - others.mean()) if len(tried) and len(others) else 0.0
    return Evidence(_wealth(gain, loss), _wealth(-gain, loss_worse), len(values), len(tried), ahead)


def _wealth(gain: Numbers, loss: Numbers) -> float:
    """The most that the mixture of bets ever had."""
    fractions = _BETS[:, None] / np.maximum(loss, 1e-9)
    grown = np.cumsum(np.log1p(fractions * gain), axis=1)
    return float(max(1.0, np.exp(np.minimum(grown, 700.0)).mean(axis=0).max()))


def decide(evidence: Evidence, age: timedelta, rules: CanaryRules) -> Decision:
    """Promote, quarantine, end without a verdict, or wait."""
    says = f"{evidence.tried} of {evidence.readers} readers tried it, {evidence.ahead:+.2f} in the mean"
    if evidence.worse >= 1 / rules.error:
        return Decision("quarantine", f"worse than the champion (e = {evidence.worse:.1f}): {says}")
    if evidence.better >= 1 / rules.error:
        return Decision("promote", f"better than the champion (e = {evidence.better:.1f}): {says}")
    if age >= rules.lasts:
        step: Step = "promote" if rules.at_end == "canary" else "end"
        return Decision(step, f"no verdict in {rules.lasts.days} days: {says}")
    return Decision("wait", says)
