"""Check of the tones of a classical Chinese quatrain."""

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Literal

from pydantic.dataclasses import dataclass

from generation.checks.chinese import LEVEL, OBLIQUE, Sound, sounds_of
from generation.checks.counts import DECLARED
from generation.checks.finding import Finding, Language
from generation.checks.reading import han_of, verses_of

# Four kinds of verse, as 仄仄平平仄; seven characters have the opposite tones of the first two before them.
_VERSES = {"a": "仄仄平平仄", "A": "仄仄仄平平", "b": "平平平仄仄", "B": "平平仄仄平"}
_PATTERNS = (
    "aBbA", "ABbA", "bAaB", "BAaB",  # First tone oblique or level, first verse unrhymed or rhymed.
    "AbBa", "abBa", "BaAb", "baAb",  # The same for rhymes on oblique tones.
)  # fmt: skip
# With seven characters the second half may begin as the first (折腰), as in 渭城朝雨浥轻尘.
_BENT = ("aBaB", "ABaB", "bAbA", "BAbA")

_PLACES, _LINES = 2 / 3, 1 / 3  # What right places weigh, and lines that are right throughout.


@dataclass(frozen=True, slots=True, config=DECLARED)
class TonePattern:
    """The tones of a regulated quatrain: 平 and 仄 where they are fixed, by the pattern that fits best.

    The first, third and fifth characters are free (一三五不论), and the usual mended faults (拗救) pass.
    """

    characters: Literal[5, 7] = 5
    kind: Literal["tone_pattern"] = "tone_pattern"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        verses = [sounds_of(han_of(verse)) for verse in verses_of(text)]
        patterns = _PATTERNS if self.characters == 5 else _PATTERNS + _BENT
        return max((self._by(pattern, verses) for pattern in patterns), key=lambda found: found.score)

    def _by(self, pattern: str, verses: Sequence[Sequence[Sound]]) -> Finding:
        places: list[bool] = []
        lines: list[bool] = []
        reasons: list[str] = []
        for number, kind in enumerate(pattern):
            sounds = verses[number] if number < len(verses) else ()
            wanted = self._wanted(_VERSES[kind])
            right = [_has(tone, n, sounds) for n, tone in _fixed(wanted)]
            if not all(right) and self._mended(kind, sounds, verses[number + 1 : number + 2]):
                right = [True] * len(right)
            places += right
            lines.append(all(right))
            if not lines[-1]:
                reasons.append(f"line {number + 1}: tones {_shown(sounds)}, wanted {_asked(wanted)}")
        return Finding(_PLACES * fmean(places) + _LINES * fmean(lines), tuple(reasons), "平仄")

    def _wanted(self, verse: str) -> str:
        if self.characters == 5:
            return verse
        return (LEVEL * 2 if verse[0] == OBLIQUE else OBLIQUE * 2) + verse

    def _mended(self, kind: str, sounds: Sequence[Sound], following: Sequence[Sequence[Sound]]) -> bool:
        """Whether a verse breaks its pattern in one of the two ways that poets make good.

        平平仄平仄 for 平平平仄仄 is made good in itself, 仄仄平仄仄 for 仄仄平平仄 by 平 two places before
        the next verse's end.
        """
        if kind == "b":
            return all(_has(tone, n, sounds) for n, tone in _fixed(self._wanted("平平仄平仄")))
        broken = kind == "a" and all(_has(tone, n, sounds) for n, tone in _fixed(self._wanted("仄仄平仄仄")))
        return broken and bool(following) and _has(LEVEL, self.characters - 3, following[0])


def _fixed(wanted: str) -> Iterator[tuple[int, str]]:
    """The places where the tone matters: every second one and the last."""
    return ((n, tone) for n, tone in enumerate(wanted) if n % 2 == 1 or n == len(wanted) - 1)


def _has(tone: str, place: int, sounds: Sequence[Sound]) -> bool:
    return place < len(sounds) and tone in sounds[place].tones


def _asked(wanted: str) -> str:
    fixed = dict(_fixed(wanted))
    return "".join(fixed.get(n, "○") for n in range(len(wanted)))


def _shown(sounds: Sequence[Sound]) -> str:
    return "".join(next(iter(sound.tones)) if len(sound.tones) == 1 else "⊙" for sound in sounds) or "none"
