"""What a critic looks at in a text: what can be counted, and its words, hashed."""

import zlib
from dataclasses import dataclass
from itertools import combinations
from math import log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from generation.checks.reading import lines_of, stanzas_of
from generation.checks.rhyme import likeness, line_end
from generation.text_metrics import ngrams, repeated_lines, repeated_trigrams, words_of

Features = NDArray[np.float64]

COUNTED = 19
BUCKETS = 2048  # Of hashed words and forms.
SIZE = 2 * COUNTED + BUCKETS
_COUNT = 0.2  # Of a deviation, that one penalty suits both what is counted and what is hashed.
_FARTHEST = 5.0  # Deviations that a count is taken to lie from the mean, at most.
_LEAST = 1e-3  # What does not vary is not blown up.
_NEAR = 3  # Lines between two that are heard as a rhyme, at most, with the second one: ABBA.
_LINES = 40  # Whose ends are listened to.


@dataclass(frozen=True, slots=True)
class Scale:
    """Where what is counted usually lies: mean and deviation of each count."""

    center: tuple[float, ...] = (0.0,) * COUNTED
    spread: tuple[float, ...] = (1.0,) * COUNTED

    @classmethod
    def of(cls, counts: Features) -> "Scale":
        """From the counts of many texts, [texts, COUNTED]."""
        spread = np.maximum(counts.std(axis=0), _LEAST)
        return cls(
            tuple(round(float(value), 6) for value in counts.mean(axis=0)),
            tuple(round(float(value), 6) for value in spread),
        )


def features(form: str, text: str, counts: Features, scale: Scale) -> Features:
    """What is `counted` in a text and its squares, for a taste likes neither too few lines nor too many; then
    its hashed words and form; [SIZE]."""
    counts = (counts - np.array(scale.center)) / np.array(scale.spread)
    counts = np.clip(counts, -_FARTHEST, _FARTHEST)
    return np.concatenate([_COUNT * counts, _COUNT * counts**2, _hashed({*words_of(text), f"form={form}"})])


def _hashed(words: set[str]) -> Features:
    """Of length 1 or so, whatever the text's is."""
    found = np.zeros(BUCKETS)
    for word in words:
        digest = zlib.crc32(word.encode(errors="replace"))
        found[digest % BUCKETS] += 1.0 if digest & (1 << 20) else -1.0  # The sign undoes clashes.
    return found / sqrt(len(words) + 1)


def counted(theme: str, text: str) -> Features:
    """What can be counted in a text; [COUNTED]."""
    words, lines = words_of(text), lines_of(text)
    count, height = max(1, len(words)), max(1, len(lines))
    said = [words_of(line) for line in lines]
    ends = [line[-1][-2:] for line in said if line]
    about = set(words_of(theme))
    widths = np.array([len(line) for line in said] or [0])
    return np.array(
        [
            float(not words),
            log1p(len(words)),
            log1p(len(lines)),
            count / height,
            sum(map(len, words)) / count,
            len(set(words)) / count,
            repeated_lines(text),
            repeated_trigrams(text),
            len(set(ends)) / max(1, len(ends)),  # Few different line ends: rhyme, or repetition.
            len(about & set(words)) / max(1, len(about)),
            sum(text.count(mark) for mark in "!?！？") / height,
            sum(len(word) > 8 for word in words) / count,
            float(widths.std()) / max(1.0, float(widths.mean())),
            float(len(lines) % 4 == 0),
            len(stanzas_of(text)) / height,
            sum(text.count(mark) for mark in ",，、") / height,
            sum(text.count(mark) for mark in ".。") / height,
            sum(text.count(mark) for mark in '"“”「」') / height,
            _rhymed(lines),
        ]
    )


def _rhymed(lines: list[str]) -> float:
    """The share of lines that rhyme with one nearby."""
    ends = list(enumerate(line_end(line) for line in lines[:_LINES]))
    pairs = (
        (n, m)
        for (n, end), (m, other) in combinations(ends, 2)
        if m - n <= _NEAR and likeness(end, other) == 1
    )
    return len({line for pair in pairs for line in pair}) / max(1, len(ends))


def pair_hashes(text: str) -> list[int]:
    """Of each two words that follow one another."""
    return [zlib.crc32(" ".join(pair).encode(errors="replace")) for pair in ngrams(text, 2)]
