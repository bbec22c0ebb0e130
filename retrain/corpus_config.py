"""What a training on a corpus is asked to do: plain values that travel as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from retrain.recipe import RATES, Method, Recipe
from retrain.shape import Shape

# A small model learns all its weights at once, from short texts, and fast.
FROM_SCRATCH = Recipe(
    method="full",
    optimizer="muon",
    epochs=10,
    batch=32,
    learning_rate=5e-3,
    weight_decay=0.1,
    warm=0.02,
    bucket=4,
    longest=256,
)


def tuning(method: Method = "lora") -> Recipe:
    """What suits a body of poems: there is more to learn than from ratings, so all layers do."""
    return Recipe(method=method, epochs=3, layers=1, learning_rate=RATES[method])


@dataclass(frozen=True, slots=True)
class CorpusConfig:
    """A body of poems, and how to learn from it."""

    path: str
    form: str | None = None  # What kind of writing the poems are; None: guessed.
    in_form: bool = False  # Leave out the poems that fail their form's checks.
    recipe: Recipe = field(default_factory=tuning)
    patience: int = 2  # Epochs without a better dev perplexity, after which it stops; 0: never.
    shape: Shape | None = None  # Of a decoder from scratch; None fine-tunes the base model.
    search_minutes: float = 0  # Spent on looking for a better recipe first.
    wandb: str | None = None  # Project of Weights & Biases.

    def as_dict(self) -> dict[str, Any]:
        return {"corpus": asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CorpusConfig":
        """What `as_dict` gave. Raises TypeError, KeyError on anything else."""
        given = dict(values["corpus"])
        shape = Shape(**given.pop("shape")) if given.get("shape") else given.pop("shape", None)
        return cls(**{**given, "recipe": Recipe(**given["recipe"]), "shape": shape})


def is_corpus(config: Mapping[str, Any]) -> bool:
    """Is this the config of a training on a corpus, and not of one on ratings?"""
    return "corpus" in config
