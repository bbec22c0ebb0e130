"""The steps of a run: snapshot, candidate, evaluation, gate, promotion."""

import gc
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.records import Figure
from feedback.store import Store
from generation.base_models import Base
from generation.forms import Catalogue
from generation.manifest import Manifest
from generation.originality import Corpus, Document
from retrain.config import RunConfig
from retrain.dataset import Dataset, Example
from retrain.gate import Verdict, judge
from retrain.manifest import dataset_sha256, snapshot_items
from retrain.outcome import Hold, Outcome, Show
from retrain.place import Place
from retrain.reader import Reader
from retrain.readiness import look
from retrain.suite import Suite, suite_from
from retrain.version_row import version_row

if TYPE_CHECKING:
    from retrain.loop import Keeping

# Torch is imported where it is used: a run that has nothing to learn must not wait for it.


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
    hold: Hold
    corpora: Iterable[tuple[Corpus, Document]] = ()  # What people wrote.

    def outcome(self) -> Outcome:
        self.show(stage="reading")
        # A run that is taken up again learns from what it began with.
        cutoff = self.store.runs.cutoff_of(self.run_id) or datetime.now(UTC)
        dataset, missing = look(self.store, self.config, cutoff, self.corpora)
        if missing:
            return Outcome("skipped", tuple(missing))
        # Pieces of a form that an operator has taken away can be neither rendered nor checked.
        return self._learn(dataset.with_forms(self.forms), cutoff)

    def _learn(self, chosen: Dataset, cutoff: datetime) -> Outcome:
        champion = self._champion()
        examples = list(chosen.examples)
        dataset = dataset_sha256(chosen, self.config.selection)
        snapshot = self.store.runs.save_snapshot(dataset, cutoff, snapshot_items(chosen))
        self.store.runs.attach(self.run_id, snapshot, champion)
        keeping = self._keeping(dataset)
        try:
            candidate = self._train(chosen.of("train"), champion, dataset, keeping)
        except ArithmeticError:
            keeping.checkpoints.forget()  # It would fail again.
            raise
        suite = suite_from(examples, self.config.selection.heldout_buckets, self.config.examination)
        before = self._examine(champion, "champion", suite)
        after = self._examine(candidate.name, "candidate", suite)
        verdict = judge(after, before, self.config.margins)
        outcome = self._decide(candidate.name, champion, verdict, self.store.runs.withdrawn(snapshot))
        keeping.checkpoints.forget()
        return outcome

    def _champion(self) -> str:
        """The version to beat. That of another base cannot be loaded here, so the base takes its place."""
        from generation.versions import base_manifest

        champion = self.store.versions.champion()
        if champion is not None and self.store.versions.get(champion).base_sha256 == self.base.sha256:
            return champion
        manifest = base_manifest(self.base)
        self.store.versions.add(version_row(manifest))
        return manifest.name

    def _train(self, learned: Dataset, champion: str, dataset: str, keeping: "Keeping") -> Manifest:
        from generation.versions import write_version
        from retrain.computing import in_place, waiting_for
        from retrain.training import train

        def step(number: int, of: int, loss: float) -> None:
            self.show(stage="training", step=number, steps=of, loss=round(loss, 4))

        self.show(stage="training", step=0)
        model, course = in_place(
            self.place,
            lambda: train(
                self.base,
                learned,
                self.config.recipe,
                self.place.device,
                step,
                self.forms,
                keeping,
                waiting_for(self.place, lambda: self.show(stage="waiting", window=self.place.window)),
            ),
        )
        manifest = write_version(
            self.models,
            model=model,
            base=self.base,
            parent=champion,
            lineage={"run": self.run_id, "dataset": dataset, "config": self.config.as_dict()},
            metrics={
                "steps": course.step,
                "first_loss": course.first_loss,
                "last_loss": course.epochs[-1]["last_loss"],
            },
        )
        self.store.versions.add(version_row(manifest))
        return manifest

    def _keeping(self, dataset: str) -> "Keeping":
        """Checkpoints by what is trained: whoever does the same again goes on from them."""
        from retrain.checkpoints import Checkpoints, forget_abandoned, identity_of
        from retrain.loop import Keeping

        forget_abandoned(self.models)
        identity = identity_of(dataset, asdict(self.config.recipe), self.base.sha256)
        return Keeping(Checkpoints.of(self.models, identity), self.place.keep_every)

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
