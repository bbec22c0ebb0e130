"""What a run tells of itself: where it is now, beside what it has told before and stays true."""

from collections.abc import Mapping, Sequence
from typing import Any

from retrain.dataset import Asked
from retrain.suite import Piece, asked_in_words

_LASTING = ("left_out", "samples", "before", "heldout", "epochs", "of_epochs")
_POINTS = 160  # Of the curve of losses, at most: it is written with every heartbeat.
_SAMPLES = 3


class Story:
    """Not thread-safe; what it returns may be read by others."""

    def __init__(self) -> None:
        self._lasting: dict[str, Any] = {}
        self._losses: list[tuple[int, float]] = []
        self._every = 1  # Steps between two points.

    def told(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """What the run's row is to hold."""
        self._lasting |= {name: now[name] for name in _LASTING if name in now}
        if now.get("stage") == "training" and "loss" in now:
            self._add(now["step"], now["loss"])
        losses = {"losses": self._losses.copy()} if self._losses else {}
        return {**self._lasting, **losses, **now}

    def _add(self, step: int, loss: float) -> None:
        if self._losses and step - self._losses[-1][0] < self._every:
            return
        self._losses.append((step, loss))
        if len(self._losses) > _POINTS:
            self._losses = self._losses[::2]
            self._every *= 2


def samples_of(before: Sequence[Piece], after: Sequence[Piece], own: Sequence[Asked]) -> list[dict[str, str]]:
    """What both versions wrote for prompts of ours: readers' own have to be erasable."""
    return [
        {"asked": asked_in_words(asked), "before": left, "after": right}
        for (asked, left), (_, right) in zip(before, after, strict=False)
        if asked in own
    ][:_SAMPLES]
