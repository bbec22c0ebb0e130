"""Checks of classical Chinese verse: verse length, rhyme, tones, the parallel couplet."""

import re
from collections.abc import Iterator
from math import prod
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from generation.checks.chinese import LEVEL, NEIGHBOURS, OBLIQUE, TODAY, rhyme_of, sounds_of
from generation.checks.counts import DECLARED, in_order
from generation.checks.finding import Finding, Language, bounds, closeness
from generation.checks.reading import han_of, letters_beside_han, lines_of, stretches_of, verses_of
from generation.checks.rhyme import REPEATED, rhymes_in_group

_LABEL = re.compile(r"^\s*(?:上联|下联|上聯|下聯)\s*[:：]?\s*")
_BANNER = re.compile(r"^\s*横批|^\s*橫批")

_BESIDE = 0.5  # Credit for a verse of the right length with letters beside its characters.
_MOSTLY = 2 / 3  # Of a couplet's tones, opposed; great ones take a liberty in some place.
_AGAIN = 0.25  # For a verse that stood before.

Place = Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True, config=DECLARED)
class ChineseLines:
    """So many verses of so many characters; punctuation and line ends part them."""

    lines: Place
    characters: Annotated[int, Field(ge=1, le=40)]
    kind: Literal["chinese_lines"] = "chinese_lines"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        verses = verses_of(text)
        share = closeness(len(verses), self.lines, self.lines)
        reasons = [] if share == 1 else [f"{len(verses)} lines, wanted {self.lines}"]
        scores = []
        first: dict[str, int] = {}
        for number, verse in enumerate(verses, 1):
            score, reason = self._judged(verse, number, first.setdefault(han_of(verse), number))
            scores.append(score)
            if reason:
                reasons.append(f"line {number}: {reason}")
        mark = f"{self.lines} × {self.characters} 字"
        return Finding(share * (fmean(scores) if scores else 0), tuple(reasons), mark)

    def _judged(self, verse: str, number: int, first: int) -> tuple[float, str]:
        """What one verse is worth, and what is held against it."""
        count = len(han_of(verse))
        if count != self.characters:
            near = closeness(count, self.characters, self.characters)
            return near / 3, f"{count} characters, wanted {self.characters}"
        if letters_beside_han(verse):
            return _BESIDE, "letters beside the characters"
        if first != number:
            return _AGAIN, f"the same as line {first}"
        return 1.0, ""


@dataclass(frozen=True, slots=True, config=DECLARED)
class ChineseRhyme:
    """These verses end in one category of the Pingshui rhyme book; today's rhymes count less."""

    lines: Annotated[tuple[Place, ...], Field(min_length=2, max_length=40)] = (2, 4)
    kind: Literal["chinese_rhyme"] = "chinese_rhyme"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        verses = [han_of(verse) for verse in verses_of(text)]
        ends = [verses[n - 1][-1:] if n <= len(verses) else "" for n in self.lines]
        heard = rhymes_in_group(ends, likeness)
        reasons = [self._reason(n, score) for n, score in zip(self.lines, heard, strict=True) if score < 1]
        return Finding(fmean(heard), tuple(reasons), "押韵")

    def _reason(self, line: int, score: float) -> str:
        said = {
            REPEATED: "the same character, no rhyme",
            NEIGHBOURS: "a rhyme of neighbouring categories",
            TODAY: "a rhyme of today only",
        }
        others = " and ".join(str(number) for number in self.lines if number != line)
        return f"line {line}: {said.get(score, 'no rhyme')} with line {others}"


def likeness(one: str, other: str) -> float:
    return rhyme_of(one, other) if one and other else 0.0


@dataclass(frozen=True, slots=True, config=DECLARED)
class ParallelCouplet:
    """对联: two lines of one length that share no character; the first ends in 仄, the second in 平."""

    kind: Literal["parallel_couplet"] = "parallel_couplet"
    least: Place = 4  # Characters of a line.
    most: Place = 20
    language: Language | None = None

    def __post_init__(self) -> None:
        in_order(self.least, self.most)

    def judge(self, text: str) -> Finding:
        halves = halves_of(text)
        if len(halves) != 2:
            return Finding(min(len(halves), 2) / 10, (f"{len(halves)} lines, wanted 2",))
        faults = list(self._faults(*halves))
        reasons = tuple(reason for _, reason in faults)
        return Finding(prod(left for left, _ in faults), reasons, f"{len(halves[0])} + {len(halves[1])} 字")

    def _faults(self, first: str, second: str) -> Iterator[tuple[float, str]]:
        """What each fault leaves of the score, and its reason."""
        length, other = len(first), len(second)
        if length != other:
            near = min(length, other) / max(length, other)
            yield 0.8 * near, f"{length} and {other} characters, wanted as many in both lines"
        fits = closeness(length, self.least, self.most)
        if fits < 1:
            yield fits, f"{length} characters, wanted {bounds(self.least, self.most)}"
        if shared := set(first) & set(second):
            yield max(0.1, 1 - len(shared) / 4), f"{len(shared)} characters in both lines"
        for number, (line, wanted) in enumerate(((first, OBLIQUE), (second, LEVEL)), 1):
            if wanted not in sounds_of(line)[-1].tones:
                yield 0.75, f"line {number}: does not end in {wanted}"
        opposed = _opposed(first, second)
        if opposed < _MOSTLY:
            yield 0.7 + 0.3 * opposed, "tones alike in most of the places that tell"


def _opposed(first: str, second: str) -> float:
    """In how much of every second place, but the last, one line has 平 and the other 仄."""
    places = range(1, min(len(first), len(second)) - 1, 2)
    one, other = sounds_of(first), sounds_of(second)
    told = [len(one[n].tones | other[n].tones) > 1 for n in places]
    return fmean(told) if told else 1.0


def halves_of(text: str) -> list[str]:
    """The two lines of a couplet: on two lines, or in one with a mark or a gap between."""
    lines = [line for line in lines_of(text) if han_of(line) and not _BANNER.match(line)]
    for marks in (r"[；;]", r"[。！？!?]", r"[，,]"):
        if len(lines) == 1:
            lines = [line for line in re.split(marks, lines[0]) if han_of(line)]
    if len(lines) == 1:
        lines = stretches_of(lines[0])
    return [han for han in (han_of(_LABEL.sub("", line)) for line in lines) if han]
