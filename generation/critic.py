"""A critic learned from ratings: a curve through what can be counted in a text, and the pairs of words that
stand in many of the rated pieces; kept as JSON."""

import json
import os
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

from generation.critic_features import COUNTED, SIZE, Scale, counted, features, pair_hashes
from generation.critic_files import critic_file

_FORMAT = 3


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
    scale: Scale = field(default_factory=Scale)
    usual: frozenset[int] = frozenset()  # Hashes of pairs of words.

    @property
    def proven(self) -> bool:
        return self.proof is not None and self.proof.better_than_chance

    def rating(self, form: str, theme: str, text: str) -> float:
        """About −1 … 1."""
        seen = features(form, text, counted(theme, text), self.scale)
        return self.bias + float(seen @ np.array(self.weights))

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
