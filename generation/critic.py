"""A critic learned from ratings: a curve through what can be counted in a text, and the pairs of words that
stand in many of the rated pieces; kept as JSON."""

import json
import os
import zlib
from dataclasses import asdict, dataclass
from math import isfinite, log1p, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.checks import lines_of
from generation.critic_files import critic_file
from generation.text_metrics import ngrams, repeated_lines, repeated_trigrams, words_of

Features = NDArray[np.float64]

_FORMAT = 2
_BUCKETS = 256  # Of hashed words and forms.
COUNTED = 12
SIZE = 2 * COUNTED + _BUCKETS
_LEAST = 1e-3  # What does not vary is not blown up.


class BadCritic(Exception):
    """Raised when a critic's file cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How well it told liked from disliked pieces that it had not seen."""

    accuracy: float  # Probability that a liked piece pleases it more than a disliked one; 0.5 is chance.
    low: float
    high: float
    liked: int
    disliked: int

    @property
    def better_than_chance(self) -> bool:
        return self.low > 0.5


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


@dataclass(frozen=True, slots=True)
class LinearCritic:
    """Guesses the rating of a text from its features."""

    bias: float
    weights: tuple[float, ...]
    proof: Proof | None = None
    scale: Scale = Scale()
    usual: frozenset[int] = frozenset()  # Hashes of pairs of words.

    @property
    def proven(self) -> bool:
        return self.proof is not None and self.proof.better_than_chance

    def rating(self, form: str, theme: str, text: str) -> float:
        """About −1 … 1."""
        return self.bias + float(features(form, theme, text, self.scale) @ np.array(self.weights))

    def liking(self, form: str, theme: str, text: str) -> float:
        """0 … 1."""
        return min(1.0, max(0.0, (1 + self.rating(form, theme, text)) / 2))

    def usualness(self, text: str) -> float:
        """The share of its pairs of words that stand in many rated pieces, 0 … 1."""
        pairs = pair_hashes(text)
        return sum(pair in self.usual for pair in pairs) / max(1, len(pairs))

    def to_json(self) -> str:
        return json.dumps({"format": _FORMAT, **asdict(self), "usual": sorted(self.usual)})

    @classmethod
    def from_json(cls, text: str) -> "LinearCritic":
        """Raises BadCritic."""
        try:
            kept = json.loads(text)
            if kept.pop("format") != _FORMAT:
                raise BadCritic("it has another format")
            proof = Proof(**kept.pop("proof")) if kept.get("proof") else kept.pop("proof")
            scale = Scale(*(tuple(map(float, kept["scale"][name])) for name in ("center", "spread")))
            usual = frozenset(map(int, kept.get("usual", ())))  # Critics had none before.
            critic = cls(float(kept["bias"]), tuple(map(float, kept["weights"])), proof, scale, usual)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadCritic(f"it cannot be read ({type(error).__name__})") from error
        numbers = (critic.bias, *critic.weights, *scale.center, *scale.spread)
        if len(critic.weights) != SIZE or not all(map(isfinite, numbers)):
            raise BadCritic(f"it is not {SIZE} finite weights")
        if len(scale.center) != COUNTED or len(scale.spread) != COUNTED or min(scale.spread) <= 0:
            raise BadCritic(f"its scale is not that of {COUNTED} counts")
        return critic


def pair_hashes(text: str) -> list[int]:
    """Of each two words that follow one another."""
    return [zlib.crc32(" ".join(pair).encode(errors="replace")) for pair in ngrams(text, 2)]


def features(form: str, theme: str, text: str, scale: Scale) -> Features:
    """What is counted in a text and its squares, for a taste likes neither too few lines nor too many; then
    its hashed words and form."""
    found = np.zeros(SIZE)
    # Halved or so, that one penalty suits both what is counted and what is hashed.
    counts = (counted(theme, text) - np.array(scale.center)) / np.array(scale.spread)
    found[:COUNTED], found[COUNTED : 2 * COUNTED] = 0.4 * counts, 0.4 * counts**2
    words = words_of(text)
    for word in {*words, f"form={form}"}:
        digest = zlib.crc32(word.encode(errors="replace"))
        place = 2 * COUNTED + digest % _BUCKETS
        found[place] += 1.0 if digest & (1 << 20) else -1.0  # The sign undoes clashes.
    found[2 * COUNTED :] /= sqrt(len(set(words)) + 1)
    return found


def counted(theme: str, text: str) -> Features:
    """What can be counted in a text; [COUNTED]."""
    words, lines = words_of(text), lines_of(text)
    count = max(1, len(words))
    ends = [words_of(line)[-1][-2:] for line in lines if words_of(line)]
    about = set(words_of(theme))
    return np.array(
        [
            float(not words),
            log1p(len(words)),
            log1p(len(lines)),
            count / max(1, len(lines)),
            sum(map(len, words)) / count,
            len(set(words)) / count,
            repeated_lines(text),
            repeated_trigrams(text),
            len(set(ends)) / max(1, len(ends)),  # Few different line ends: rhyme, or repetition.
            len(about & set(words)) / max(1, len(about)),
            sum(text.count(mark) for mark in "!?！？") / max(1, len(lines)),
            sum(len(word) > 8 for word in words) / count,
        ]
    )


def write_critic(models: Path, version: str, critic: LinearCritic) -> None:
    """Whole or not at all."""
    file = critic_file(models, version)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(critic.to_json(), encoding="utf-8")
    draft.replace(file)


def read_critic(models: Path, version: str) -> LinearCritic | None:
    """None if the version has none. Raises BadCritic."""
    try:
        return LinearCritic.from_json(critic_file(models, version).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
