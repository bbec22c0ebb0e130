"""The steps of a run: snapshot, candidate, evaluation, gate, promotion."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Any, Protocol

from feedback.records import SnapshotItem
from feedback.store import Store
from generation.base_models import Base
from generation.critic import write_critic
from generation.manifest import Manifest
from retrain.bootstrap import figure_of
from retrain.config import RunConfig
from retrain.critic import learn, proof_figures
from retrain.dataset import Example
from retrain.gate import Verdict, judge
from retrain.human_text import human_passages
from retrain.manifest import dataset_sha256
from retrain.readiness import look
from retrain.series import Measured
from retrain.suite import Suite, suite_from
from retrain.version_row import version_row
from retrain.yardsticks import Yardsticks

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
    share: float = 0.0  # Of the readers that a promoted one is tried on first; 0: it becomes champion.


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
    yardsticks: Yardsticks
    place: Place
    show: Show
    hold: Callable[[], None]  # Raises LeaseLost if the run is no longer ours.

    def outcome(self) -> Outcome:
        self.show(stage="reading")
        cutoff = datetime.now(UTC)
        examples, missing = look(self.store, self.config, cutoff)
        trial = self.store.versions.canary()
        if trial is not None and self.config.rollout.share:
            missing.append(f"{trial.version} is still tried on {trial.share:.0%} of the readers")
        if missing:
            return Outcome("skipped", tuple(missing))
        # Pieces of a form that an operator has taken away can be neither rendered nor checked.
        known = [example for example in examples if example.form in self.yardsticks.forms]
        return self._learn(known, cutoff)

    def _learn(self, examples: list[Example], cutoff: datetime) -> Outcome:
        champion = self._champion()
        dataset = dataset_sha256(examples, self.config.selection)
        items = [SnapshotItem(e.completion_id, e.liked, e.weight, e.split) for e in examples]
        snapshot = self.store.runs.save_snapshot(dataset, cutoff, items)
        self.store.runs.attach(self.run_id, snapshot, champion)
        candidate = self._train(examples, champion, dataset)
        suite = self._suite(examples)
        critic = learn(examples)
        proven = critic if critic is not None and critic.proven else None
        yardsticks = replace(self.yardsticks, critic=proven)
        before = self._examine(champion, "champion", suite, yardsticks)
        after = self._examine(candidate.name, "candidate", suite, yardsticks)
        verdict = judge(after, before, self.config.margins)
        figures = [*verdict.figures, *proof_figures(critic)]
        self.store.runs.save_figures(self.run_id, candidate.name, suite.sha256, figures)
        if proven is not None:  # Before the writers can ask for it.
            write_critic(self.models, candidate.name, proven)
        return self._decide(candidate.name, champion, verdict, self.store.runs.withdrawn(snapshot))

    def _suite(self, examples: list[Example]) -> Suite:
        originality, buckets = self.yardsticks.originality, self.config.selection.heldout_buckets
        documents = originality.documents() if originality is not None else ()
        registered = (document.text for _, document in documents)
        examination = self.config.examination
        human = human_passages(registered, buckets, examination.passages)
        return suite_from(examples, buckets, examination, human)

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
            self.place.threads, lambda: train(self.base, learned, recipe, device, step, self.yardsticks.forms)
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

    def _examine(self, name: str, role: str, suite: Suite, yardsticks: Yardsticks) -> Measured:
        from generation.versions import default_dtype, load_version
        from retrain.evaluation import examine

        gc.collect()  # The model before this one is held by cycles, and two need twice the memory.
        self.show(stage="evaluating", role=role, version=name)
        device = self.place.device
        version = load_version(self.models, name, self.base, device, default_dtype(device))

        def alive() -> None:
            self.show(stage="evaluating", role=role, version=name)

        measured = examine(version, suite, yardsticks, alive, self.place.threads)
        figures = [figure_of(series) for series in measured.values() if not isnan(series.value)]
        self.store.runs.save_figures(self.run_id, name, suite.sha256, figures)
        return measured

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
        share = self.config.rollout.share
        if share:
            reasons = (f"it is tried on {share:.0%} of the readers first", *reasons)
        return Outcome("promoted", reasons, candidate, verdict, share)
