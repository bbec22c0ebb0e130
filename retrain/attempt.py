"""The steps of a run: snapshot, candidate, evaluation, gate, promotion."""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import count
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.store import Store
from generation.base_models import Base
from generation.critic import LinearCritic, write_critic
from generation.manifest import Manifest
from generation.originality import Corpus, Document
from generation.selection import Judge
from retrain.bootstrap import figure_of
from retrain.config import RunConfig
from retrain.critic import learn, proof_figures
from retrain.dataset import Dataset, Example
from retrain.gate import Verdict, judge
from retrain.human_text import human_passages
from retrain.manifest import dataset_sha256, snapshot_items
from retrain.objective_choice import Choice, choose
from retrain.outcome import Hold, Outcome, Show
from retrain.place import Place
from retrain.readiness import look
from retrain.series import Measured
from retrain.story import samples_of
from retrain.suite import Piece, Suite, suite_from
from retrain.version_row import version_row
from retrain.yardsticks import Yardsticks

if TYPE_CHECKING:
    from generation.versions import LoadedVersion
    from retrain.loop import Keeping

# Torch is imported where it is used: a run that has nothing to learn must not wait for it.


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
    hold: Hold

    def outcome(self) -> Outcome:
        self.show(stage="reading")
        # A run that is taken up again learns from what it began with.
        cutoff = self.store.runs.cutoff_of(self.run_id) or datetime.now(UTC)
        dataset, missing = look(self.store, self.config, cutoff, self._registered())
        self.show(stage="reading", left_out=dict(dataset.left_out))
        trial = self.store.versions.canary()
        if trial is not None and self.config.rollout.share:
            missing.append(f"{trial.version} is still tried on {trial.share:.0%} of the readers")
        if missing:
            return Outcome("skipped", tuple(missing))
        # Pieces of a form that an operator has taken away can be neither rendered nor checked.
        return self._learn(dataset.with_forms(self.yardsticks.forms), cutoff)

    def _registered(self) -> Iterator[tuple[Corpus, Document]]:
        """What people wrote: learned from, or kept to be judged on."""
        return iter(()) if self.yardsticks.originality is None else self.yardsticks.originality.documents()

    def _learn(self, dataset: Dataset, cutoff: datetime) -> Outcome:
        champion = self._champion()
        sha256 = dataset_sha256(dataset, self.config.selection)
        snapshot = self.store.runs.save_snapshot(sha256, cutoff, snapshot_items(dataset))
        self.store.runs.attach(self.run_id, snapshot, champion)
        choice = choose(dataset.counts, self.config.recipe.objective)
        critic = learn(dataset.examples)
        rehearsed = self._rehearse(dataset, champion, critic)
        learned = replace(dataset, examples=(*dataset.examples, *rehearsed))
        keeping = self._keeping(sha256, champion)
        try:
            candidate = self._train(learned, choice, champion, sha256, keeping).name
        except ArithmeticError:
            keeping.checkpoints.forget()  # It would fail again.
            raise
        verdict = self._judge(candidate, champion, dataset, critic)
        outcome = self._decide(candidate, champion, verdict, self.store.runs.withdrawn(snapshot))
        keeping.checkpoints.forget()
        how = f"trained by {choice.objective.upper()}: {choice.reason}, {len(rehearsed)} rehearsed"
        return replace(outcome, reasons=(*outcome.reasons, how))

    def _rehearse(self, dataset: Dataset, champion: str, critic: LinearCritic | None) -> list[Example]:
        """What the champion writes best for readers' requests, if a proven critic can say what that is."""
        if critic is None or not critic.proven or not self.config.rehearsal.chooses:
            return []  # Before a model is loaded for it.
        from retrain.rehearsal import rehearsed

        wanted, yardsticks = self.config.rehearsal, self.yardsticks
        done = count()

        def alive() -> None:
            self.show(stage="rehearsing", drafts=next(done))

        alive()
        judge = Judge(yardsticks.screen, yardsticks.originality, critic)
        train, forms = dataset.of("train").examples, yardsticks.forms
        return rehearsed(self._load(champion), train, judge, wanted, forms, alive, self.place.threads)

    def _judge(self, candidate: str, champion: str, dataset: Dataset, critic: LinearCritic | None) -> Verdict:
        """Examine both, and keep how each rule came out."""
        suite = self._suite(dataset)
        proven = critic if critic is not None and critic.proven else None
        yardsticks = replace(self.yardsticks, critic=proven)
        written: dict[str, Sequence[Piece]] = {}
        before = self._examine(champion, "champion", suite, yardsticks, written)
        after = self._examine(candidate, "candidate", suite, yardsticks, written)
        self.show(stage="deciding", samples=samples_of(written[champion], written[candidate], suite.own))
        verdict = judge(after, before, self.config.margins)
        figures = [*verdict.figures, *proof_figures(critic)]
        self.store.figures.save(self.run_id, candidate, suite.sha256, figures)
        if proven is not None:
            # It knows the readers, not a version: whichever writes on, it helps to choose.
            for version in (candidate, champion):
                write_critic(self.models, version, proven)
        return verdict

    def _suite(self, dataset: Dataset) -> Suite:
        examination, buckets = self.config.examination, self.config.selection.heldout_buckets
        registered = (document.text for _, document in self._registered())
        human = human_passages(registered, buckets, examination.passages)
        preferred = [
            (pair.asked, pair.chosen, pair.rejected)
            for pair in dataset.of("heldout").pairs
            if pair.kind == "preference"  # The suite pairs rated texts itself.
        ]
        return suite_from(dataset.examples, buckets, examination, human, preferred)

    def _champion(self) -> str:
        """The version to beat. That of another base cannot be loaded here, so the base takes its place."""
        from generation.versions import base_manifest

        champion = self.store.versions.champion()
        if champion is not None and self.store.versions.get(champion).base_sha256 == self.base.sha256:
            return champion
        manifest = base_manifest(self.base)
        self.store.versions.add(version_row(manifest))
        return manifest.name

    def _train(
        self, given: Dataset, choice: Choice, champion: str, dataset: str, keeping: "Keeping"
    ) -> Manifest:
        """From one side of the split, watched on the other."""
        from generation.versions import write_version
        from retrain.computing import in_place, waiting_for
        from retrain.heldout_curve import HeldOut
        from retrain.training import train

        def step(number: int, of: int, loss: float) -> None:
            self.show(
                stage="training", objective=choice.objective, step=number, steps=of, loss=round(loss, 4)
            )

        self.show(stage="training", objective=choice.objective, step=0)
        learned = given.of("train")
        model, course = in_place(
            self.place,
            lambda: train(
                self.base,
                learned,
                replace(self.config.recipe, objective=choice.objective),
                self.place.device,
                step,
                self.yardsticks.forms,
                keeping,
                waiting_for(self.place, lambda: self.show(stage="waiting", window=self.place.window)),
                HeldOut(given.of("heldout").examples, self.show),
            ),
        )
        manifest = write_version(
            self.models,
            model=model,
            base=self.base,
            parent=champion,
            lineage={
                "run": self.run_id,
                "dataset": dataset,
                "objective": asdict(choice),
                "config": self.config.as_dict(),
            },
            metrics={
                "steps": course.step,
                "first_loss": course.first_loss,
                "last_loss": course.epochs[-1]["last_loss"],
                "tokens": course.tokens,
                "rehearsed": sum(example.kind == "rehearsed" for example in learned.examples),
                "seconds": round(course.seconds, 1),
            },
        )
        self.store.versions.add(version_row(manifest))
        return manifest

    def _keeping(self, dataset: str, champion: str) -> "Keeping":
        """Checkpoints by what is trained: whoever does the same again goes on from them."""
        from retrain.checkpoints import Checkpoints, forget_abandoned, identity_of
        from retrain.loop import Keeping

        forget_abandoned(self.models)
        rehearsed = (champion, asdict(self.config.rehearsal))
        identity = identity_of(dataset, asdict(self.config.recipe), self.base.sha256, *rehearsed)
        return Keeping(Checkpoints.of(self.models, identity), self.place.keep_every)

    def _examine(
        self,
        name: str,
        role: str,
        suite: Suite,
        yardsticks: Yardsticks,
        written: dict[str, Sequence[Piece]],
    ) -> Measured:
        from retrain.evaluation import examine

        def alive() -> None:
            self.show(stage="evaluating", role=role, version=name)

        def seen(pieces: Sequence[Piece]) -> None:
            written[name] = pieces

        alive()
        measured = examine(self._load(name), suite, yardsticks, alive, self.place.threads, seen)
        figures = [figure_of(series) for series in measured.values() if not isnan(series.value)]
        self.store.figures.save(self.run_id, name, suite.sha256, figures)
        return measured

    def _load(self, name: str) -> "LoadedVersion":
        from generation.versions import default_dtype, load_version

        gc.collect()  # The model before this one is held by cycles, and two need twice the memory.
        device = self.place.device
        return load_version(self.models, name, self.base, device, default_dtype(device))

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
