"""Checks of classical Chinese verse: verse length, rhyme, tones, the parallel couplet."""

import re
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from generation.checks.chinese import LEVEL, OBLIQUE, Sound, rhyme_of, sounds_of
from generation.checks.counts import DECLARED, in_order
from generation.checks.finding import Finding, Language, bounds, closeness
from generation.checks.reading import han_of, letters_beside_han, lines_of, verses_of
from generation.checks.rhyme import REPEATED, rhymes_in_group

_MODERN = 0.6  # Credit for a rhyme that only today's pronunciation has.

# Four kinds of verse, as 仄仄平平仄; seven characters have the opposite tones of the first two before them.
_VERSES = {"a": "仄仄平平仄", "A": "仄仄仄平平", "b": "平平平仄仄", "B": "平平仄仄平"}
_PATTERNS = ("aBbA", "ABbA", "bAaB", "BAaB")  # First tone oblique or level, first verse unrhymed or rhymed.

_LABEL = re.compile(r"^\s*(?:上联|下联|上聯|下聯)\s*[:：]?\s*")
_BANNER = re.compile(r"^\s*横批|^\s*橫批")

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
        counts = [len(han_of(verse)) for verse in verses]
        scores = [closeness(len(verses), self.lines, self.lines)]
        reasons = [] if scores[0] == 1 else [f"{len(verses)} lines, wanted {self.lines}"]
        for number, (verse, count) in enumerate(zip(verses, counts, strict=True), 1):
            scores.append(closeness(count, self.characters, self.characters))
            if scores[-1] < 1:
                reasons.append(f"line {number}: {count} characters, wanted {self.characters}")
            elif letters_beside_han(verse):
                scores[-1] = 0.5
                reasons.append(f"line {number}: letters beside the characters")
        mark = f"{self.lines} × {self.characters} 字"
        return Finding(fmean(scores), tuple(reasons), mark)


@dataclass(frozen=True, slots=True, config=DECLARED)
class ChineseRhyme:
    """These verses end in one category of the Pingshui rhyme book; today's rhymes count less."""

    lines: Annotated[tuple[Place, ...], Field(min_length=2, max_length=40)] = (2, 4)
    kind: Literal["chinese_rhyme"] = "chinese_rhyme"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        verses = [han_of(verse) for verse in verses_of(text)]
        ends = [verses[n - 1][-1:] if n <= len(verses) else "" for n in self.lines]
        heard = rhymes_in_group(ends, _likeness)
        reasons = [self._reason(n, score) for n, score in zip(self.lines, heard, strict=True) if score < 1]
        return Finding(fmean(heard), tuple(reasons), "押韵")

    def _reason(self, line: int, score: float) -> str:
        said = {REPEATED: "the same character, no rhyme", _MODERN: "a rhyme of today only"}
        others = " and ".join(str(number) for number in self.lines if number != line)
        return f"line {line}: {said.get(score, 'no rhyme')} with line {others}"


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    old, today = rhyme_of(one, other)
    return 1.0 if old else _MODERN if today else 0.0


@dataclass(frozen=True, slots=True, config=DECLARED)
class TonePattern:
    """The tones of a regulated quatrain: 平 and 仄 where they are fixed, by the best of four patterns.

    The first, third and fifth characters are free (一三五不论).
    """

    characters: Literal[5, 7] = 5
    kind: Literal["tone_pattern"] = "tone_pattern"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        verses = [sounds_of(han_of(verse)) for verse in verses_of(text)]
        return max((self._by(pattern, verses) for pattern in _PATTERNS), key=lambda found: found.score)

    def _by(self, pattern: str, verses: Sequence[Sequence[Sound]]) -> Finding:
        scores, reasons = [], []
        for number, verse in enumerate(pattern):
            wanted = _wanted(_VERSES[verse], self.characters)
            sounds = verses[number] if number < len(verses) else ()
            right = [tone in sounds[n].tones if n < len(sounds) else False for n, tone in _fixed(wanted)]
            scores += right
            if not all(right):
                shown = "".join(tone if n in dict(_fixed(wanted)) else "○" for n, tone in enumerate(wanted))
                reasons.append(f"line {number + 1}: tones {_shown(sounds)}, wanted {shown}")
        return Finding(fmean(scores), tuple(reasons), "平仄")


def _wanted(verse: str, characters: int) -> str:
    if characters == 5:
        return verse
    return (LEVEL * 2 if verse[0] == OBLIQUE else OBLIQUE * 2) + verse


def _fixed(wanted: str) -> Iterator[tuple[int, str]]:
    """The places where the tone matters: every second one and the last."""
    return ((n, tone) for n, tone in enumerate(wanted) if n % 2 == 1 or n == len(wanted) - 1)


def _shown(sounds: Sequence[Sound]) -> str:
    return "".join(next(iter(sound.tones)) if len(sound.tones) == 1 else "⊙" for sound in sounds) or "none"


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
        first, second = halves
        length, other = len(first), len(second)
        scores, reasons = [min(length, other) / max(length, other)], []
        if length != other:
            reasons.append(f"{length} and {other} characters, wanted as many in both lines")
        scores.append(closeness(length, self.least, self.most))
        if scores[-1] < 1:
            reasons.append(f"{length} characters, wanted {bounds(self.least, self.most)}")
        shared = set(first) & set(second)
        scores.append(1 - len(shared) / len(set(first) | set(second)))
        if shared:
            reasons.append(f"{len(shared)} characters in both lines")
        for number, (line, wanted) in enumerate(((first, OBLIQUE), (second, LEVEL)), 1):
            scores.append(float(wanted in sounds_of(line)[-1].tones))
            if not scores[-1]:
                reasons.append(f"line {number}: does not end in {wanted}")
        return Finding(fmean(scores), tuple(reasons), f"{length} + {other} 字")


def halves_of(text: str) -> list[str]:
    """The two lines of a couplet: on two lines, or in one with a semicolon, full stop or comma between."""
    lines = [_LABEL.sub("", line) for line in lines_of(text) if not _BANNER.match(line)]
    for marks in (r"[；;]", r"[。！？!?]", r"[，,]"):
        if len(lines) == 1:
            lines = re.split(marks, lines[0])
            lines = [_LABEL.sub("", line) for line in lines if han_of(line)]
    return [han for han in map(han_of, lines) if han]
