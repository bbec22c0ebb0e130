"""How much the demo asks for and learns from: what this machine does in some ten minutes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Billions of operations a second, in products of float32. Two cores of 2017 (AVX2, 2 GHz) do 50, and would be
# at a run on all themes for longer than anybody watches.
_BRISK = 80.0
_SHAPE = (512, 576, 1536)  # Rows, inputs and outputs: those of a layer of the default model, in training.


@dataclass(frozen=True, slots=True)
class Size:
    of_themes: int  # Every so-manieth is asked for.
    changes: Mapping[str, Any]  # Of settings.
    says: str = ""


_USUAL = Size(1, {"train_drafts": 3})  # Half of what is usual: people watch.
_MODEST = Size(
    2,
    {"train_drafts": 0, "train_pieces": 60, "exam_pieces": 48, "min_liked": 8, "gate_sure": 0.9},
    "This machine computes slowly: half of the themes, nothing is rehearsed, and 90 % certainty will do.",
)


def size_for(speed: float) -> Size:
    """`speed` in billions of operations a second."""
    return _USUAL if speed >= _BRISK else _MODEST


def speed_here() -> float:
    """Billions of operations a second: the best of a few products."""
    import torch  # Seconds.

    rows, inputs, outputs = _SHAPE
    given, weights = torch.ones(rows, inputs), torch.ones(outputs, inputs)
    seconds = []
    for _ in range(8):
        begun = time.perf_counter()
        torch.nn.functional.linear(given, weights)
        seconds.append(time.perf_counter() - begun)
    return 2 * rows * inputs * outputs / min(seconds) / 1e9
