"""A critic learned from ratings: a line through what can be counted in a text, kept as JSON."""

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite, log1p, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.checks import lines_of
from generation.text_metrics import repeated_lines, repeated_trigrams, words_of

Features = NDArray[np.float64]

_FORMAT = 1
_BUCKETS = 256  # Of hashed words and forms.
_COUNTED = 12
SIZE = _COUNTED + _BUCKETS


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
class LinearCritic:
    """Guesses the rating of a text from its features."""

    bias: float
    weights: tuple[float, ...]
    proof: Proof | None = None

    @property
    def proven(self) -> bool:
        return self.proof is not None and self.proof.better_than_chance

    def rating(self, form: str, theme: str, text: str) -> float:
        """About −1 … 1."""
        return self.bias + float(features(form, theme, text) @ np.array(self.weights))

    def liking(self, form: str, theme: str, text: str) -> float:
        """0 … 1."""
        return min(1.0, max(0.0, (1 + self.rating(form, theme, text)) / 2))

    def to_json(self) -> str:
        return json.dumps({"format": _FORMAT, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> "LinearCritic":
        """Raises BadCritic."""
        try:
            kept = json.loads(text)
            if kept.pop("format") != _FORMAT:
                raise BadCritic("it has another format")
            proof = Proof(**kept.pop("proof")) if kept.get("proof") else kept.pop("proof")
            critic = cls(float(kept["bias"]), tuple(map(float, kept["weights"])), proof)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadCritic(f"it cannot be read ({type(error).__name__})") from error
        if len(critic.weights) != SIZE or not all(map(isfinite, (critic.bias, *critic.weights))):
            raise BadCritic(f"it is not {SIZE} finite weights")
        return critic


def features(form: str, theme: str, text: str) -> Features:
    """What can be counted in a text, each about 0 … 1, then its hashed words and form."""
    found = np.zeros(SIZE)
    words = words_of(text)
    found[:_COUNTED] = _counted(theme, text, words)
    for word in {*words, f"form={form}"}:
        digest = zlib.crc32(word.encode(errors="replace"))
        found[_COUNTED + digest % _BUCKETS] += 1.0 if digest & (1 << 20) else -1.0  # The sign undoes clashes.
    found[_COUNTED:] /= sqrt(len(set(words)) + 1)
    return found


def _counted(theme: str, text: str, words: Sequence[str]) -> list[float]:
    lines = lines_of(text)
    count = max(1, len(words))
    ends = [words_of(line)[-1][-2:] for line in lines if words_of(line)]
    about = set(words_of(theme))
    return [
        float(not words),
        log1p(len(words)) / 6,
        log1p(len(lines)) / 4,
        count / max(1, len(lines)) / 12,
        sum(map(len, words)) / count / 8,
        len(set(words)) / count,
        repeated_lines(text),
        repeated_trigrams(text),
        len(set(ends)) / max(1, len(ends)),  # Few different line ends: rhyme, or repetition.
        len(about & set(words)) / max(1, len(about)),
        sum(text.count(mark) for mark in "!?！？") / max(1, len(lines)),
        sum(len(word) > 8 for word in words) / count,
    ]


def critic_file(models: Path, version: str) -> Path:
    return models / "critics" / f"{version}.json"


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
