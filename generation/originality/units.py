"""Read a text as words, or as characters where a script puts no spaces between words."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from generation.chinese_script import simplified

Unit = Literal["words", "characters"]
Codes = NDArray[np.uint32]

_HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # And kana.
_CHARACTER = re.compile(f"[{_HAN}]")
_CHARACTERS = re.compile(f"[{_HAN}]+")
_LETTERS = rf"[^\W_{_HAN}]+"
_WORD = re.compile(rf"{_LETTERS}(?:['’‘ʼ`]{_LETTERS})*")
_APOSTROPHES = re.compile(r"['’‘ʼ`]")
_GAP = 0  # Between documents.
_MASKED = 1  # Never equal to anything.
_FIRST = 2  # The least code of a word; every character's is greater.


@dataclass(frozen=True, slots=True)
class Kind:
    """How runs of one unit are found: fingerprints of `gram` units, at least one in every `window` of them.

    A run of `shortest` units holds `window` grams in a row, so one of its fingerprints is always kept.
    """

    unit: Unit
    shortest: int  # Units in the shortest run that counts.
    gram: int
    quoted: int  # Units in the shortest run that counts as the reader's own words.

    @property
    def window(self) -> int:
        return self.shortest - self.gram + 1


WORDS = Kind("words", shortest=8, gram=6, quoted=4)
CHARACTERS = Kind("characters", shortest=12, gram=8, quoted=6)
KINDS = (WORDS, CHARACTERS)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's units of one kind: as compared, as numbers, and where each stands in the text."""

    units: tuple[str, ...]
    codes: Codes
    places: tuple[tuple[int, int], ...]


def composed(text: str) -> str:
    """The text with accents and letters joined, as it is read."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def units_of(text: str, kind: Kind) -> list[str]:
    """The units of a composed text, without case, accents, apostrophes and punctuation; Han simplified."""
    if kind is CHARACTERS:
        return list(simplified("".join(_CHARACTERS.findall(text))))
    return [_folded(word) for word in _WORD.findall(text)]


def codes_of(text: str, kind: Kind) -> Codes:
    """The units of a composed text as numbers. Two words may share a number, two characters never do."""
    if kind is CHARACTERS:
        return np.frombuffer(simplified("".join(_CHARACTERS.findall(text))).encode("utf-32-le"), dtype="<u4")
    words = _WORD.findall(text)
    return np.fromiter(map(_code, words), dtype=np.uint32, count=len(words))


def read(text: str, kind: Kind) -> Reading:
    """A composed text, unit by unit."""
    pattern = _CHARACTER if kind is CHARACTERS else _WORD
    places = tuple(found.span() for found in pattern.finditer(text))
    return Reading(tuple(units_of(text, kind)), codes_of(text, kind), places)


def masked(reading: Reading, quoted: str, kind: Kind) -> Codes:
    """The reading's codes, with those of runs that are the reader's own words matching nothing."""
    codes, own = reading.codes.copy(), units_of(composed(quoted), kind)
    grams = {gram for _, gram in grams_of(own, kind.quoted)}
    for i, gram in grams_of(reading.units, kind.quoted):
        if gram in grams:
            codes[i : i + kind.quoted] = _MASKED
    return codes


def joined(documents: Sequence[Codes]) -> Codes:
    """The codes of all documents in a row, with a gap after each."""
    gap = np.array([_GAP], dtype=np.uint32)
    return np.concatenate([part for codes in documents for part in (codes, gap)] or [gap[:0]])


def is_unit(codes: Codes) -> NDArray[np.bool_]:
    return codes >= _FIRST


def grams_of(units: Sequence[str], length: int) -> list[tuple[int, tuple[str, ...]]]:
    """Each run of so many units, with the place of its first one."""
    return [(i, tuple(units[i : i + length])) for i in range(len(units) - length + 1)]


@lru_cache(maxsize=1 << 18)
def _folded(word: str) -> str:
    plain = _APOSTROPHES.sub("", word)
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return plain.casefold()


@lru_cache(maxsize=1 << 18)
def _code(word: str) -> int:
    digest = hashlib.blake2b(_folded(word).encode(), digest_size=4).digest()
    return max(int.from_bytes(digest, "little"), _FIRST)
