"""The steps of a run: snapshot, candidate, evaluation, gate, promotion."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Any, Protocol

from feedback.records import Figure, SnapshotItem
from feedback.store import Store
from generation.base_models import Base
from generation.forms import Catalogue
from generation.manifest import Manifest
from retrain.config import RunConfig
from retrain.dataset import Example
from retrain.gate import Verdict, judge
from retrain.manifest import dataset_sha256
from retrain.reader import Reader
from retrain.readiness import look
from retrain.suite import Suite, suite_from
from retrain.version_row import version_row

# Torch is imported where it is used: a run that has nothing to learn must not wait for it.


class RunStopped(Exception):
    """Raised to end a run early; its message says why."""


class Show(Protocol):
    def __call__(self, **now: Any) -> None:
        """Make the run's progress known. May raise to stop the run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str  # "promoted", "rejected", "skipped" or "failed".
    reasons: tuple[str, ...]
    candidate: str | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run computes."""

    device: str = "cpu"
    threads: int = 0  # On the CPU; 0 leaves it to torch.


@dataclass(frozen=True, slots=True)
class Attempt:
    store: Store
    models: Path
    base: Base
    config: RunConfig
    run_id: int
    reader: Reader | None
    place: Place
    forms: Catalogue
    show: Show
    hold: Callable[[], None]  # Raises LeaseLost if the run is no longer ours.

    def outcome(self) -> Outcome:
        self.show(stage="reading")
        cutoff = datetime.now(UTC)
        examples, missing = look(self.store, self.config, cutoff)
        if missing:
            return Outcome("skipped", tuple(missing))
        # Pieces of a form that an operator has taken away can be neither rendered nor checked.
        known = [example for example in examples if example.form in self.forms]
        return self._learn(known, cutoff)

    def _learn(self, examples: list[Example], cutoff: datetime) -> Outcome:
        champion = self._champion()
        dataset = dataset_sha256(examples, self.config.selection)
        items = [SnapshotItem(e.completion_id, e.liked, e.weight, e.split) for e in examples]
        snapshot = self.store.runs.save_snapshot(dataset, cutoff, items)
        self.store.runs.attach(self.run_id, snapshot, champion)
        candidate = self._train(examples, champion, dataset)
        suite = suite_from(examples, self.config.selection.heldout_buckets, self.config.examination)
        before = self._examine(champion, "champion", suite)
        after = self._examine(candidate.name, "candidate", suite)
        verdict = judge(after, before, self.config.margins)
        return self._decide(candidate.name, champion, verdict, self.store.runs.withdrawn(snapshot))

    def _champion(self) -> str:
        """The version to beat. That of another base cannot be loaded here, so the base takes its place."""
        from generation.versions import base_manifest

        champion = self.store.versions.champion()
        if champion is not None and self.store.versions.get(champion).base_sha256 == self.base.sha256:
            return champion
        manifest = base_manifest(self.base)
        self.store.versions.add(version_row(manifest))
        return manifest.name

    def _train(self, examples: list[Example], champion: str, dataset: str) -> Manifest:
        from generation.cores import on_cores
        from generation.versions import write_version
        from retrain.training import train

        losses: list[float] = []

        def step(number: int, of: int, loss: float) -> None:
            losses.append(loss)
            self.show(stage="training", step=number, steps=of, loss=round(loss, 4))

        self.show(stage="training", step=0)
        learned = [example for example in examples if example.split == "train"]
        recipe, device = self.config.recipe, self.place.device
        adapter = on_cores(
            self.place.threads, lambda: train(self.base, learned, recipe, device, step, self.forms)
        )
        manifest = write_version(
            self.models,
            peft_model=adapter,
            base=self.base,
            parent=champion,
            lineage={"run": self.run_id, "dataset": dataset, "config": self.config.as_dict()},
            metrics={"steps": len(losses), "first_loss": losses[0], "last_loss": losses[-1]},
        )
        self.store.versions.add(version_row(manifest))
        return manifest

    def _examine(self, name: str, role: str, suite: Suite) -> dict[str, Figure]:
        from generation.versions import default_dtype, load_version
        from retrain.evaluation import examine

        gc.collect()  # The model before this one is held by cycles, and two need twice the memory.
        self.show(stage="evaluating", role=role, version=name)
        device = self.place.device
        version = load_version(self.models, name, self.base, device, default_dtype(device))

        def alive() -> None:
            self.show(stage="evaluating", role=role, version=name)

        figures = examine(version, suite, self.reader, alive, self.forms, self.place.threads)
        kept = [figure for figure in figures.values() if not isnan(figure.value)]
        self.store.runs.save_figures(self.run_id, name, suite.sha256, kept)
        return figures

    def _decide(self, candidate: str, champion: str, verdict: Verdict, withdrawn: int) -> Outcome:
        self.show(stage="deciding", version=candidate)
        self.hold()
        objections = list(verdict.objections)
        if withdrawn:
            objections.append(f"{withdrawn} of its pieces were erased with their readers in the meantime")
        if self._champion() != champion:
            objections.append(f"{champion} is no longer the champion that it was compared with")
        if objections:
            self.store.versions.set_status(candidate, "rejected")
            return Outcome("rejected", tuple(objections), candidate, verdict)
        reasons = tuple(finding.sentence for finding in verdict.findings)
        self.store.versions.promote(candidate, f"run {self.run_id}")
        return Outcome("promoted", reasons, candidate, verdict)
