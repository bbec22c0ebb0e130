"""What a run is asked to do: plain values that travel as JSON and are hashed with the run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from retrain.dataset import Minimums, Selection
from retrain.gate import Margins


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a candidate is trained."""

    rank: int = 16
    epochs: int = 2
    beta: float = 0.1  # How soon a gain over the base is enough, per nat.
    imitation: float = 0.1  # Weight of plain imitation of the liked pieces, beside the preference.
    learning_rate: float = 4e-4
    batch: int = 8  # Pieces a step.
    clip: float = 1.0  # Norm of a step's gradient, at most.
    bucket: int = 16  # Tokens: pieces within as many share a batch.
    longest: int = 768  # Tokens of prompt and piece; longer ones are left out.
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Examination:
    """How a version is judged."""

    pieces: int = 48  # Written by each version.
    liked: int = 48  # Held-out pieces, at most, that perplexity is measured on; as many disliked ones.
    batch: int = 24  # Pieces written at once.
    seed: int = 1000
    patience: float = 600.0  # Seconds to wait for all pieces of one version.


@dataclass(frozen=True, slots=True)
class RunConfig:
    selection: Selection = field(default_factory=Selection)
    minimums: Minimums = field(default_factory=Minimums)
    recipe: Recipe = field(default_factory=Recipe)
    examination: Examination = field(default_factory=Examination)
    margins: Margins = field(default_factory=Margins)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunConfig":
        """What `as_dict` gave; what is left out keeps its default. Raises TypeError on unknown names."""
        kinds = {"selection": Selection, "minimums": Minimums, "recipe": Recipe}
        kinds |= {"examination": Examination, "margins": Margins}
        if unknown := values.keys() - {part.name for part in fields(cls)}:
            raise TypeError(f"unknown in a run's config: {', '.join(sorted(unknown))}")
        return cls(**{name: kinds[name](**part) for name, part in values.items()})
