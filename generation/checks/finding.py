"""What a check finds in a text, and what all the checks of a form say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, Protocol

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says. The score is 1 exactly when there are no reasons against the text."""

    score: float
    reasons: tuple[str, ...] = ()
    mark: str = ""  # For the reader, if the check holds.
    plain: bool = False  # A mere count: its mark is left out beside a more telling one.


@dataclass(frozen=True, slots=True)
class Checked:
    """What all checks say. The score is 1 exactly when nothing is held against the text."""

    score: float
    reasons: tuple[str, ...]  # English, for the operator.
    mark: str  # For the reader: "5-7-5 ✓"; empty when there is nothing to show.


class Check(Protocol):
    """One demand on a text, as a form declares it."""

    @property
    def kind(self) -> str: ...

    @property
    def language(self) -> Language | None:
        """Of the pieces that it looks at; None for all."""

    def judge(self, text: str) -> Finding: ...


def closeness(count: int, least: int, most: int | None) -> float:
    """1 within the bounds, and the less the further outside."""
    if count < least:
        return count / least
    return 1.0 if most is None or count <= most else most / count


def bounds(least: int, most: int | None) -> str:
    """In words, after "wanted": "3", "3 to 9", "at least 3", "at most 9"."""
    if most is None:
        return f"at least {least}"
    if least == most:
        return str(most)
    return f"{least} to {most}" if least else f"at most {most}"


def summed_up(findings: Sequence[Finding]) -> Checked:
    """A piece is worth half what its checks say on average, and half what the worst of them says.

    A quatrain that does not rhyme at all is none, however well its lines are counted.
    """
    reasons = tuple(dict.fromkeys(reason for finding in findings for reason in finding.reasons))
    held = [finding for finding in findings if finding.mark and not finding.reasons]
    telling = [finding for finding in held if not finding.plain] or held
    mark = " · ".join(f"{mark} ✓" for mark in dict.fromkeys(finding.mark for finding in telling))
    scores = [finding.score for finding in findings] or [1.0]
    score = (fmean(scores) + min(scores)) / 2
    return Checked(round(score, 4) if reasons else 1.0, reasons, mark)
