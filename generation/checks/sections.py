"""Checks of parts that a reader looks for: named sections, speakers, chords."""

import re
from collections.abc import Iterator
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from generation.checks.counts import DECLARED
from generation.checks.finding import Finding, Language, closeness
from generation.checks.reading import lines_of

Name = Annotated[str, Field(min_length=1, max_length=60)]
Few = Annotated[int, Field(ge=1, le=1000)]

_DECORATION = " \t#*_>•-–—【["  # Around a heading in Markdown and beside.
_NUMBER = re.compile(r"^\d{1,3}[.)、]")
_SPEAKER = re.compile(r"^[\s*_>\-–—]*([^\W\d_][^\n:：,.!?，。！？]{0,30}?)[*_\s]*[:：]\s*\S")
_QUALITY = r"(?:maj|min|m|M|dim|aug|sus|add|\+|°|ø|Δ)?\d*(?:/9)?(?:\(?(?:sus|add|maj|[b#♭♯])\d*\)?){0,2}"
_CHORD = rf"[A-G](?:#|b|♯|♭)?{_QUALITY}(?:/[A-G](?:#|b)?)?"
_CHORD_LINE = re.compile(rf"^[\s|:]*{_CHORD}(?:[\s|:,\-–]+{_CHORD})*[\s|:]*$")
_INLINE_CHORD = re.compile(rf"\[{_CHORD}\]")


@dataclass(frozen=True, slots=True, config=DECLARED)
class Sections:
    """Each name begins a line and something follows it. "goal|aim" is one section with two names."""

    names: Annotated[tuple[Name, ...], Field(min_length=1, max_length=30)]
    kind: Literal["sections"] = "sections"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        found = dict(self._found(lines_of(text)))
        reasons = [f"no {name.split('|')[0]}" for name in self.names if name not in found]
        empty = [name for name, content in found.items() if not content]
        reasons += [f"{name.split('|')[0]}: nothing follows" for name in empty]
        score = (len(found) - len(empty) / 2) / len(self.names)
        return Finding(score, tuple(reasons), f"{len(found)}/{len(self.names)}")

    def _found(self, lines: list[str]) -> Iterator[tuple[str, bool]]:
        """The sections that are there, and whether they have content."""
        heads = {n: head for n, line in enumerate(lines) if (head := self._head(line))}
        contents: dict[str, bool] = {}
        for n, (name, rest) in heads.items():
            follows = bool(rest) or (n + 1 < len(lines) and n + 1 not in heads)
            contents[name] = contents.get(name, False) or follows
        yield from contents.items()

    def _head(self, line: str) -> tuple[str, str] | None:
        bare = _NUMBER.sub("", line.lstrip(_DECORATION)).lstrip(_DECORATION)
        for name in self.names:
            spellings = "|".join(re.escape(spelling.strip()) for spelling in name.split("|"))
            pattern = rf"(?:{spellings})s?\s{{0,9}}\d{{0,3}}[*_\]】]{{0,6}}\s{{0,9}}(?:[:：\-–—](.*)|)$"
            if match := re.match(pattern, bare, re.IGNORECASE):
                return name, (match[1] or "").strip(_DECORATION)
        return None


@dataclass(frozen=True, slots=True, config=DECLARED)
class Speakers:
    """At least so many speakers take at least so many turns, as in "Ann: Good morning."."""

    kind: Literal["speakers"] = "speakers"
    least: Few = 2
    turns: Few = 4
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        said = [match[1].strip().lower() for line in lines_of(text) if (match := _SPEAKER.match(line))]
        speakers = len(set(said))
        scores = (closeness(speakers, self.least, None), closeness(len(said), self.turns, None))
        reasons = [] if scores[0] == 1 else [f"{speakers} speakers, wanted at least {self.least}"]
        if scores[1] < 1:
            reasons.append(f"{len(said)} turns, wanted at least {self.turns}")
        return Finding(fmean(scores), tuple(reasons), f"{speakers} × 💬")


@dataclass(frozen=True, slots=True, config=DECLARED)
class Chords:
    """At least so many lines with chords: a line of nothing else, or [Am] between the words."""

    kind: Literal["chords"] = "chords"
    least: Few = 2
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        lines = lines_of(text)
        chords = sum(bool(_CHORD_LINE.match(line) or _INLINE_CHORD.search(line)) for line in lines)
        words = sum(not _CHORD_LINE.match(line) for line in lines)
        scores = (closeness(chords, self.least, None), closeness(words, self.least, None))
        reasons = [] if scores[0] == 1 else [f"{chords} lines with chords, wanted at least {self.least}"]
        if scores[1] < 1:
            reasons.append(f"{words} lines to sing, wanted at least {self.least}")
        return Finding(fmean(scores), tuple(reasons), f"♪ × {chords}")
