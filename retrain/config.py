"""What a run is asked to do: plain values that travel as JSON and are hashed with the run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from retrain.dataset import Minimums
from retrain.gate import Margins
from retrain.recipe import Recipe
from retrain.selection import Selection


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How much is written before training, for a proven critic to choose from."""

    prompts: int = 64  # Requests of readers, at most.
    drafts: int = 5  # For each; below 2 there is nothing to choose from, and nothing is rehearsed.
    newness: float = 1.0  # What a draft that repeats nothing is worth more than one that is all repetition.
    batch: int = 32  # Written at once.
    seed: int = 500_000
    patience: float = 600.0  # Seconds to wait for the next one.

    @property
    def chooses(self) -> bool:
        return self.drafts > 1


@dataclass(frozen=True, slots=True)
class Examination:
    """How a version is judged."""

    pieces: int = 128  # Written by each version. Of 64, a gain of 0.055 in liking was not certain at 99 %.
    liked: int = 48  # Held-out pieces, at most, that perplexity is measured on; as many disliked ones.
    passages: int = 64  # Of human text, at most.
    batch: int = 32  # Pieces written at once.
    seed: int = 1000
    patience: float = 600.0  # Seconds to wait for the next piece.


@dataclass(frozen=True, slots=True)
class Search:
    """How long is looked for a better recipe before a candidate is trained."""

    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """What becomes of a candidate that the gate lets pass."""

    share: float = 0.0  # Of the readers that it is tried on first; 0: it is promoted at once.


@dataclass(frozen=True, slots=True)
class RunConfig:
    selection: Selection = field(default_factory=Selection)
    minimums: Minimums = field(default_factory=Minimums)
    recipe: Recipe = field(default_factory=Recipe)
    search: Search = field(default_factory=Search)
    rehearsal: Rehearsal = field(default_factory=Rehearsal)
    examination: Examination = field(default_factory=Examination)
    margins: Margins = field(default_factory=Margins)
    rollout: Rollout = field(default_factory=Rollout)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunConfig":
        """What `as_dict` gave; what is left out keeps its default. Raises TypeError on unknown names."""
        kinds = {"selection": Selection, "minimums": Minimums, "recipe": Recipe}
        kinds |= {"search": Search, "rehearsal": Rehearsal}
        kinds |= {"examination": Examination, "margins": Margins, "rollout": Rollout}
        if unknown := values.keys() - {part.name for part in fields(cls)}:
            raise TypeError(f"unknown in a run's config: {', '.join(sorted(unknown))}")
        return cls(**{name: kinds[name](**part) for name, part in values.items()})
