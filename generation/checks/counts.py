"""Checks that count: lines, stanzas, words, characters."""

from collections.abc import Sequence
from statistics import fmean
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from generation.checks.finding import Finding, Language, bounds, closeness
from generation.checks.reading import han_of, lines_of, stanzas_of, words_of

DECLARED = ConfigDict(extra="forbid")
Count = Annotated[int, Field(ge=0, le=100_000)]
Limit = Annotated[int, Field(ge=1, le=100_000)]


def in_order(least: int, most: int | None) -> None:
    if most is not None and least > most:
        raise ValueError(f"least is {least}, which is more than most, {most}")


def lines_mark(count: int, text: str) -> str:
    """ "14 lines", or "14 行" of a Chinese piece."""
    return f"{count} 行" if han_of(text) else f"{count} lines"


@dataclass(frozen=True, slots=True, config=DECLARED)
class Lines:
    """So many lines; none of more than `longest` characters, and `repeats` of them said before."""

    kind: Literal["lines"] = "lines"
    least: Count = 1
    most: Limit | None = None
    longest: Limit | None = None
    repeats: Count | None = None  # A refrain is no fault, so by default there may be any number.
    language: Language | None = None

    def __post_init__(self) -> None:
        in_order(self.least, self.most)

    def judge(self, text: str) -> Finding:
        lines = lines_of(text)
        score = closeness(len(lines), self.least, self.most)
        reasons = [] if score == 1 else [f"{len(lines)} lines, wanted {bounds(self.least, self.most)}"]
        long, again = self._too_long(lines), self._said_before(lines)
        reasons += [f"line {n}: {reason}" for n, reason in sorted({**long, **again}.items())]
        # A line said again is two lines lost: itself, and the one that is missing.
        left = max(0.0, 1 - (len(long) + 2 * len(again)) / max(1, len(lines)))
        mark = lines_mark(len(lines), text) if self.least == self.most else ""
        return Finding(score * left, tuple(reasons), mark, plain=True)

    def _too_long(self, lines: Sequence[str]) -> dict[int, str]:
        longest = self.longest or max(map(len, lines), default=0)
        return {
            n: f"{len(line)} characters, wanted at most {longest}"
            for n, line in enumerate(lines, 1)
            if len(line) > longest
        }

    def _said_before(self, lines: Sequence[str]) -> dict[int, str]:
        """The lines that repeat an earlier one, but for case and punctuation, beyond those that may."""
        if self.repeats is None:
            return {}
        first: dict[tuple[str, ...], int] = {}
        found = {}
        for n, line in enumerate(lines, 1):
            earlier = first.setdefault(tuple(words_of(line)), n)
            if earlier != n:
                found[n] = f"the same as line {earlier}"
        return dict(list(found.items())[self.repeats :])


@dataclass(frozen=True, slots=True, config=DECLARED)
class Stanzas:
    """So many stanzas, parted by blank lines, of so many `lines` each if that is given."""

    kind: Literal["stanzas"] = "stanzas"
    least: Count = 1
    most: Limit | None = None
    lines: Limit | None = None
    language: Language | None = None

    def __post_init__(self) -> None:
        in_order(self.least, self.most)

    def judge(self, text: str) -> Finding:
        stanzas = stanzas_of(text)
        scores = [closeness(len(stanzas), self.least, self.most)]
        wanted = bounds(self.least, self.most)
        reasons = [] if scores[0] == 1 else [f"{len(stanzas)} stanzas, wanted {wanted}"]
        for number, stanza in enumerate(stanzas, 1):
            if self.lines is not None:
                scores.append(closeness(len(stanza), self.lines, self.lines))
                if scores[-1] < 1:
                    reasons.append(f"stanza {number}: {len(stanza)} lines, wanted {self.lines}")
        mark = f"{len(stanzas)} × {self.lines}" if self.lines else ""
        return Finding(fmean(scores), tuple(reasons), mark)


@dataclass(frozen=True, slots=True, config=DECLARED)
class Words:
    """So many words; a Chinese character counts as one."""

    kind: Literal["words"] = "words"
    least: Count = 0
    most: Limit | None = None
    language: Language | None = None

    def __post_init__(self) -> None:
        in_order(self.least, self.most)

    def judge(self, text: str) -> Finding:
        return _counted(len(words_of(text)), "words", self.least, self.most)


@dataclass(frozen=True, slots=True, config=DECLARED)
class Characters:
    """So many characters, spaces and line ends not counted."""

    kind: Literal["characters"] = "characters"
    least: Count = 0
    most: Limit | None = None
    language: Language | None = None

    def __post_init__(self) -> None:
        in_order(self.least, self.most)

    def judge(self, text: str) -> Finding:
        return _counted(len("".join(text.split())), "characters", self.least, self.most)


def _counted(count: int, unit: str, least: int, most: int | None) -> Finding:
    score = closeness(count, least, most)
    return Finding(score, () if score == 1 else (f"{count} {unit}, wanted {bounds(least, most)}",))
