"""The steps of a run: snapshot, candidate, evaluation, gate, promotion."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.store import Store
from generation.base_models import Base
from generation.manifest import Manifest, base_manifest
from generation.selection import Judge
from retrain.config import RunConfig
from retrain.dataset import Dataset
from retrain.examinations import Examinations
from retrain.gate import Verdict
from retrain.kept_critic import keep_critic
from retrain.lesson import Lesson, taught
from retrain.objective_choice import Choice, choose
from retrain.outcome import Hold, Outcome, Show
from retrain.place import Place
from retrain.proof import Proof, suite_of, with_proven
from retrain.reading import Begun, Reading
from retrain.recipe import Recipe
from retrain.version_row import version_row
from retrain.yardsticks import Yardsticks

if TYPE_CHECKING:
    from generation.versions import LoadedVersion
    from retrain.drafts import Drafts
    from retrain.loop import Keeping
    from retrain.rehearsal import Rehearsed

# Torch is imported where it is used: a run that has nothing to learn must not wait for it.


@dataclass(frozen=True, slots=True)
class Attempt:
    store: Store
    models: Path
    base: Base
    config: RunConfig
    run_id: int
    fence: str
    yardsticks: Yardsticks
    place: Place
    show: Show
    hold: Hold

    def outcome(self) -> Outcome:
        self.show(stage="reading")
        reading = Reading(self.store, self.config, self.run_id, self.fence, self.yardsticks, self.show)
        begun = reading.begun(self._to_beat)
        if not isinstance(begun, Begun):
            return Outcome("skipped", tuple(begun))
        proof = self._proof(begun, reading)
        known = self._known_before(begun, proof)
        if known is not None:
            return Outcome("skipped", (f"nothing new: {known}",))
        return self._learn(begun, proof)

    def _to_beat(self, deployed: str | None) -> str:
        """The champion. One of another base cannot be loaded here, so the base takes its place."""
        if deployed is not None and self.store.versions.get(deployed).base_sha256 == self.base.sha256:
            return deployed
        return self._base()

    def _base(self) -> str:
        """The base itself, as a version that is known."""
        manifest = base_manifest(self.base)
        self.store.versions.add(version_row(manifest))
        return manifest.name

    def _proof(self, begun: Begun, reading: Reading) -> Proof:
        yardsticks = with_proven(self.yardsticks, begun.critic)
        registered = (document.text for _, document in reading.registered())
        return Proof(
            self.store,
            self.run_id,
            self.fence,
            self.config,
            suite_of(begun.dataset, registered, self.config, yardsticks),
            yardsticks,
            begun.critic,
            Examinations(self.models, self.place.device),
            self._load,
            self.place.threads,
            self.show,
            self._ready(),
        )

    def _known_before(self, begun: Begun, proof: Proof) -> str | None:
        """Why training would come to what is there already, if it would."""
        for run in self.store.runs.alike(self.run_id):
            if run.candidate == begun.champion and not begun.requests:
                return f"run {run.id} has made the champion from the same rows"
            if run.candidate is None or run.parent != begun.champion:
                continue
            if proof.suite.sha256 in self.store.lineage.suites(run.candidate):
                return f"run {run.id} has compared the same with the same champion, and was {run.status}"
        return None

    def _learn(self, begun: Begun, proof: Proof) -> Outcome:
        from retrain.computing import keep_within_memory
        from retrain.keeping import drafts_of, steps_of

        keep_within_memory(self.place)
        choice = choose(begun.dataset.counts, self.config.recipe.objective)
        drafts = drafts_of(self.models, begun, self.config, self.place)
        rehearsed = self._rehearse(begun, drafts)
        examples = (*begun.dataset.examples, *(one.example for one in rehearsed))
        given = replace(begun.dataset, examples=examples)
        recipe, searched = self._recipe(given, choice, begun)
        lesson = Lesson(given, rehearsed, choice, replace(self.config, recipe=recipe), proof.suite.human)
        keeping = steps_of(self.models, begun, rehearsed, lesson.config, self.base, self.place)

        def forget() -> None:
            drafts.forget()
            keeping.checkpoints.forget()

        try:
            outcome = self._proven(begun, proof, lesson, keeping)
        except ArithmeticError:  # It would fail again.
            forget()
            raise
        forget()
        how = f"trained by {choice.objective.upper()}: {choice.reason}, {len(rehearsed)} rehearsed"
        return replace(outcome, reasons=(*outcome.reasons, *searched, how))

    def _recipe(self, given: Dataset, choice: Choice, begun: Begun) -> tuple[Recipe, tuple[str, ...]]:
        """The one that is set, or what a search finds to be better, and what there is to say of it."""
        recipe = replace(self.config.recipe, objective=choice.objective)
        if not self.config.search.minutes:
            return recipe, ()
        from retrain.rating_search import RatingSearch

        ready, forms = self._ready(), self.yardsticks.forms
        looking = RatingSearch(
            self.base, forms, self.place, self.config, self.models, begun.sha256, self.show, ready
        )
        found, said = looking.found(given, recipe)
        return found, (said,)

    def _proven(self, begun: Begun, proof: Proof, lesson: Lesson, keeping: "Keeping") -> Outcome:
        """Train a candidate and hold it against the champion."""
        made = self._train(begun, lesson, keeping)
        candidate = made.name
        if candidate == begun.champion:
            return Outcome("skipped", ("nothing new: what was learned makes the champion again",))
        self.store.runs.made(self.run_id, self.fence, candidate)
        verdict = proof.verdict(candidate, begun.champion, self._base())
        outcome = self._decided(candidate, begun, verdict)
        if made.metrics.get("reach", 1.0) == 1.0:
            return outcome
        farther = f"it went {made.metrics['reach']} times as far as it was trained"
        return replace(outcome, reasons=(*outcome.reasons, farther))

    def _rehearse(self, begun: Begun, drafts: "Drafts") -> "list[Rehearsed]":
        """What the champion writes best for readers' requests, as a proven critic says."""
        if not begun.requests:
            return []  # Before a model is loaded for it.
        from retrain.rehearsal import rehearsed

        wanted, yardsticks, ready = self.config.rehearsal, self.yardsticks, self._ready()

        def alive() -> None:
            self.show(stage="rehearsing", drafts=len(drafts.texts))

        ready()
        alive()
        judge = Judge(yardsticks.screen, yardsticks.originality, begun.critic)
        return rehearsed(
            self._load(begun.champion),
            begun.dataset.of("train").examples,
            judge,
            wanted,
            yardsticks.forms,
            alive,
            self.place.threads,
            drafts,
            ready,
        )

    def _train(self, begun: Begun, lesson: Lesson, keeping: "Keeping") -> Manifest:
        from generation.versions import write_version

        made = taught(lesson, self.base, self.place, self.yardsticks.forms, keeping, self._ready(), self.show)
        manifest = write_version(
            self.models,
            model=made.model,
            base=self.base,
            parent=begun.champion,
            lineage={"run": self.run_id, "dataset": begun.sha256, **lesson.as_dict()},
            metrics={"rehearsed": len(lesson.rehearsed), **made.as_dict()},
        )
        self.store.versions.add(version_row(manifest))
        return manifest

    def _ready(self) -> Callable[[], None]:
        """Returns once it may be computed, whatever it is."""
        from retrain.computing import waiting_for

        return waiting_for(self.place, lambda: self.show(stage="waiting", window=self.place.window))

    def _load(self, name: str) -> "LoadedVersion":
        from generation.versions import default_dtype, load_version

        gc.collect()  # The model before this one is held by cycles, and two need twice the memory.
        device, artifact = self.place.device, self.store.versions.get(name).artifact_sha256
        return load_version(self.models, name, self.base, device, default_dtype(device), artifact=artifact)

    def _decided(self, candidate: str, begun: Begun, verdict: Verdict) -> Outcome:
        self.show(stage="deciding", version=candidate)
        self.hold()
        # It knows the readers, not a version: whichever writes on, it helps to choose.
        both = (candidate, begun.champion)
        keep_critic(self.store, self.models, self.run_id, self.fence, begun.critic, both)
        if verdict.objections:
            return Outcome("rejected", tuple(verdict.objections), candidate, verdict)
        reasons = tuple(finding.sentence for finding in verdict.findings)
        share = self.config.rollout.share
        if share:
            reasons = (f"it is tried on {share:.0%} of the readers first", *reasons)
        return Outcome("promoted", reasons, candidate, verdict, share, begun.deployed)
