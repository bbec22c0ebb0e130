"""Check of the syllables in each line."""

from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from generation.checks.counts import DECLARED
from generation.checks.english import fewest_elided, syllables_of
from generation.checks.finding import Finding, Language
from generation.checks.numerals import numerals_of, readings, spelled_out
from generation.checks.reading import han_of, lines_of, words_of

_LEFT = 0.6  # Of a line's score, for each syllable too many or too few.

Beats = Annotated[int, Field(ge=1, le=40)]


@dataclass(frozen=True, slots=True, config=DECLARED)
class Syllables:
    """So many syllables in each line, give or take `slack`; a Chinese character is one."""

    pattern: Annotated[tuple[Beats, ...], Field(min_length=1, max_length=100)]
    kind: Literal["syllables"] = "syllables"
    slack: Annotated[int, Field(ge=0, le=10)] = 0
    elided: bool = False  # Just so many in metrical verse, where "heaven" can be one, is right too.
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        lines = lines_of(text)
        reasons = []
        if len(lines) != len(self.pattern):
            reasons.append(f"{len(lines)} lines, wanted {len(self.pattern)}")
        scores = [0.0] * len(self.pattern)
        for n, (line, wanted) in enumerate(zip(lines, self.pattern, strict=False)):
            counted = syllables_in(line)
            off = _off(counted, wanted - self.slack, wanted + self.slack)
            if off and self.elided and fewest_in(line) <= wanted < counted[0]:
                off = 0
            scores[n] = _LEFT**off
            if off:
                nearest = counted[0] if counted[0] > wanted else counted[1]
                reasons.append(f"line {n + 1}: {nearest} syllables, wanted {self._wanted(wanted)}")
        share = min(1.0, len(self.pattern) / max(1, len(lines)))
        mark = "-".join(map(str, self.pattern)) if not self.slack else ""
        return Finding(share * fmean(scores), tuple(reasons), mark)

    def _wanted(self, beats: int) -> str:
        return f"{beats - self.slack} to {beats + self.slack}" if self.slack else str(beats)


def syllables_in(line: str) -> tuple[int, int]:
    """The fewest and the most syllables that a line can be read with."""
    rest, numerals = numerals_of(line)
    counts = [(1, 1) if han_of(word) else syllables_of(word) for word in words_of(rest)]
    for numeral in numerals:
        ways = [syllables_in(words) for words in readings(numeral)]
        counts.append((min(fewest for fewest, _ in ways), max(most for _, most in ways)))
    return sum(fewest for fewest, _ in counts), sum(most for _, most in counts)


def fewest_in(line: str) -> int:
    """The fewest syllables that a line of metrical verse can be read with."""
    return sum(1 if han_of(word) else fewest_elided(word) for word in words_of(spelled_out(line)))


def _off(counted: tuple[int, int], least: int, most: int) -> int:
    """By how many syllables a line misses the bounds, read as well as it can be."""
    return max(0, least - counted[1], counted[0] - most)
