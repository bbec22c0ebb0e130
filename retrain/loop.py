"""The training loop: one step after another, kept at intervals, taken up again where it was left."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from math import cos, isfinite, pi
from time import monotonic
from typing import Any

import torch

from retrain.checkpoints import Checkpoint, Checkpoints
from retrain.methods import after_step, penalty, trained_in
from retrain.optimizers import Optimizers, optimizers_for
from retrain.recipe import Recipe
from retrain.samples import Sample
from retrain.team import Team
from retrain.training_state import restore, state_of

Batch = Sequence[Sample]
Progress = Callable[[int, int, float], None]  # Step, steps, loss. May raise to stop.
Epoch = dict[str, float]  # What is known at the end of an epoch, by name.


class TrainingDiverged(ArithmeticError):
    """Raised when the loss is no longer a number: nothing of such a run is kept."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where checkpoints go, and how often."""

    checkpoints: Checkpoints
    every: float = 60.0  # Seconds: what a kill costs at most.


@dataclass(slots=True)
class Course:
    """How far a training has come."""

    step: int = 0
    losses: list[float] = field(default_factory=list)  # Of the epoch under way, by step.
    first_loss: float | None = None
    epochs: list[Epoch] = field(default_factory=list)
    tokens: int = 0  # Of prompts and pieces, in all steps.
    seconds: float = 0.0  # In steps; not in waiting for leave to take them.

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "step"}


@dataclass(slots=True)
class Loop:
    """Train a model on what `batches_of` gives for each epoch: the same at every call."""

    model: Any
    recipe: Recipe
    batches_of: Callable[[int], Sequence[Batch]]
    loss_of: Callable[[Batch], torch.Tensor]
    progress: Progress
    at_end: Callable[[Course], bool] = lambda _: False  # After an epoch, which it may add to; True stops.
    keeping: Keeping | None = None
    ready: Callable[[], None] = lambda: None  # Before each step: returns when it may be taken.
    team: Team = field(default_factory=Team)
    course: Course = field(default_factory=Course)

    def run(self) -> Course:
        """Raises TrainingDiverged, and whatever `progress` raises."""
        recipe = self.recipe
        trained = list(trained_in(self.model).values())
        optimizers = optimizers_for(self.model, recipe)
        lengths = [len(self.batches_of(epoch)) for epoch in range(recipe.epochs)]
        self._resume(optimizers)
        kept_at = monotonic()
        self.model.train()
        for epoch in range(len(self.course.epochs), recipe.epochs):
            before = sum(lengths[:epoch])
            for number, batch in enumerate(self.batches_of(epoch), start=before + 1):
                if number <= self.course.step:
                    continue
                self.ready()
                began = monotonic()
                self._step(number, sum(lengths), batch, optimizers, trained)
                self.course.seconds += monotonic() - began
                self.course.tokens += sum(map(len, batch))
                if self.keeping and monotonic() - kept_at >= self.keeping.every:
                    self._keep(optimizers)
                    kept_at = monotonic()
            if self._ends_epoch():
                break
            self._keep(optimizers)
            kept_at = monotonic()
        self.model.eval()
        return self.course

    def _step(
        self,
        number: int,
        of: int,
        batch: Batch,
        optimizers: Optimizers,
        trained: Sequence[torch.nn.Parameter],
    ) -> None:
        for group in chain.from_iterable(optimizer.param_groups for optimizer in optimizers):
            group["lr"] = self.recipe.learning_rate * schedule(number, of, self.recipe.warm)
        loss = self._share_of_loss(batch, trained)
        # Without the penalty, which says nothing about texts.
        value = self.team.mean(float(loss.detach()), loss.device)
        if not isfinite(value):
            raise TrainingDiverged(f"the loss was {value} at step {number} of {of}")
        (loss + penalty(self.model)).backward()  # type: ignore[no-untyped-call]
        self.team.average(trained)
        torch.nn.utils.clip_grad_norm_(trained, self.recipe.clip)
        for optimizer in optimizers:
            optimizer.step()
        after_step(self.model, number)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        self.course.step = number
        self.course.losses.append(value)
        if self.course.first_loss is None:
            self.course.first_loss = value
        self.progress(number, of, value)

    def _share_of_loss(self, batch: Batch, trained: Sequence[torch.nn.Parameter]) -> torch.Tensor:
        """The loss of our part of the batch, such that the team's mean is the loss of the whole."""
        mine = self.team.part_of(batch)
        if not mine:
            return 0.0 * trained[0].sum()
        return self.loss_of(mine) * (len(mine) * self.team.size / len(batch))

    def _ends_epoch(self) -> bool:
        losses, self.course.losses = self.course.losses, []
        self.course.epochs.append({"train_loss": sum(losses) / max(1, len(losses)), "last_loss": losses[-1]})
        self.model.eval()
        stops = self.at_end(self.course)
        self.model.train()
        return stops

    def _keep(self, optimizers: Optimizers) -> None:
        if self.keeping is not None and self.team.leads:
            tensors = state_of(self.model, optimizers)
            self.keeping.checkpoints.keep(Checkpoint(self.course.step, tensors, self.course.facts()))

    def _resume(self, optimizers: Optimizers) -> None:
        self.team.wait()  # Nobody writes while anybody reads.
        found = self.keeping.checkpoints.newest() if self.keeping else None
        self.team.wait()
        if found is not None:
            restore(self.model, optimizers, found.tensors)
            self.course = Course(found.step, **found.facts)


def schedule(step: int, steps: int, warm: float = 0.1) -> float:
    """Share of the learning rate at a step from 1: up over the warm share, then a cosine down to a tenth."""
    warming = max(1, int(steps * warm))
    if step <= warming:
        return step / warming
    return 0.1 + 0.45 * (1 + cos(pi * (step - warming) / max(1, steps - warming)))
