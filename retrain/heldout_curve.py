"""How well a candidate expects liked pieces that it does not learn from, told while it learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from retrain.corpus_training import perplexity
from retrain.dataset import Example
from retrain.likelihoods import Likelihoods
from retrain.loop import Course
from retrain.outcome import Show
from retrain.samples import Unit

_SHARE = 0.01  # Of what the training computes.
_LEARNED = 3  # Readings that learning from a token costs: one forward, and twice as much backward.
_FEWEST, _MOST = 4, 64  # Pieces; fewer say too little, so a small training spends a little more on them.


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Pieces to be measured on, and who is told."""

    examples: Sequence[Example]
    show: Show


class Curve:
    """Looks on: draws no random number and touches no weight, so what is trained is the same without it."""

    def __init__(self, model: Any, units: Sequence[Unit], batch: int, show: Show) -> None:
        self._model = model
        self._units = units
        self._batch = batch
        self._show = show
        # Its own: on which samples it is found out whether the model packs is the training's affair.
        self._likelihoods = Likelihoods(model)

    def begin(self) -> None:
        """Tell how it is before the first step."""
        self._model.eval()
        if (before := self._measured()) is not None:
            self._show(stage="training", step=0, before=before, heldout=len(self._units))

    def at_end(self, course: Course) -> bool:
        """Add what is known at the end of an epoch. Never stops the training."""
        if (now := self._measured()) is not None:
            course.epochs[-1]["heldout_perplexity"] = now
        self._show(stage="training", step=course.step, epochs=list(course.epochs))
        return False

    def _measured(self) -> float | None:
        found = perplexity(self._likelihoods, self._units, self._batch) if self._units else None
        return found if found is not None and isfinite(found) else None


def affordable(units: Sequence[Unit], learned: Sequence[Unit], epochs: int) -> list[Unit]:
    """The first of these pieces, as many as may be read before the training and after each epoch."""
    room = _SHARE * _LEARNED * epochs * _tokens(learned) / (epochs + 1)
    kept: list[Unit] = []
    for unit in units[:_MOST]:
        if len(kept) >= _FEWEST and _tokens([*kept, unit]) > room:
            break
        kept.append(unit)
    return kept


def _tokens(units: Sequence[Unit]) -> int:
    return sum(len(sample) for unit in units for sample in unit)
