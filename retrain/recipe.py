"""How a candidate is trained: plain values that travel as JSON and are hashed with the run."""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

from retrain.objective_choice import Wanted

Optimizer = Literal["adamw", "muon"]
Method = Literal["lora", "rslora", "dora", "adalora", "ia3", "full"]

# Full weights move all at once and adapters alone: a tenth of the rate does the same. IA3 only scales.
# Of trainings of all layers.
RATES: dict[Method, float] = {
    "lora": 4e-4,
    "rslora": 2e-4,  # Its adapters count √rank times as much.
    "dora": 4e-4,
    "adalora": 2e-3,
    "ia3": 8e-3,
    "full": 4e-5,
}
UPPER: tuple[Method, ...] = ("lora", "rslora", "dora")  # Methods that can leave lower layers as they are.


def rate_of(method: Method, layers: float) -> float:
    """The usual rate where that share of the layers learns: a step is as long as if all of them did.

    AdamW moves each weight by about the rate, so a step of n weights is as long as √n of them.
    """
    return RATES[method] / (sqrt(layers) if method in UPPER else 1)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a candidate is trained."""

    method: Method = "lora"
    objective: Wanted = "auto"  # auto: what the ratings are good for.
    rank: int = 16
    layers: float = 0.5  # Share of the layers that learn, the upper ones; of the methods in UPPER.
    epochs: int = 2  # At most.
    enough: int = 600  # Pieces read in a training on ratings: past them no other epoch is begun.
    beta: float = 0.1  # How soon a gain over the base is enough, per nat.
    imitation: float = 0.1  # Weight of plain imitation of the liked pieces, beside the preference.
    replay: float = 1.0  # Weight of what people wrote, beside what is imitated.
    reach: float = 1.5  # How far to go the way that was learned, at most; 1: as far as it was trained.
    forgetting: float = (
        0.028  # Of bits per byte of human text, beside the base: a little below what the gate allows.
    )
    sharpening: float = 0.125  # Of the entropy of the next word, beside the base.
    optimizer: Optimizer = "adamw"
    learning_rate: float = rate_of(method, layers)
    weight_decay: float = 0.0
    warm: float = 0.1  # Share of the steps in which the learning rate rises.
    batch: int = 8  # Pieces a step.
    clip: float = 1.0  # Norm of a step's gradient, at most.
    bucket: int = 16  # Tokens: pieces within as many share a batch.
    longest: int = 768  # Tokens of prompt and piece; longer ones are left out.
    seed: int = 0

    def for_pieces(self, pieces: int) -> "Recipe":
        """As many epochs as it takes to read enough, one at least: few ratings have to be read again."""
        return replace(self, epochs=min(self.epochs, max(1, self.enough // max(1, pieces))))
