"""The steps of a training on a corpus: read, train, measure, keep as a version or as a base of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from feedback.store import Store
from generation.base_models import Base
from generation.cores import CORES
from generation.forms import Catalogue
from generation.manifest import base_manifest, base_name
from generation.versions import load_model, load_tokenizer, load_version, write_version
from retrain.arrangement import batches
from retrain.checkpoints import Checkpoints
from retrain.computing import in_place, waiting_for
from retrain.corpus import Corpus, read_corpus
from retrain.corpus_config import CorpusConfig
from retrain.corpus_training import Lesson, Teaching, best_of, lesson_from, perplexity
from retrain.likelihoods import Likelihoods
from retrain.logbook import Logbook
from retrain.loop import Course, Epoch, Keeping
from retrain.methods import adapted
from retrain.outcome import Outcome, Show
from retrain.place import Place
from retrain.recipe import Recipe
from retrain.scratch import decoder_of, tokenizer_for, write_base
from retrain.shape import Shape
from retrain.team import Team
from retrain.training import training_dtype
from retrain.training_folders import forget_abandoned, identity_of
from retrain.trial import written_in_form
from retrain.version_row import version_row

_FOLLOWED = Outcome("trained", ())  # What is kept of it is kept by the first of the team.
_TRIED = 64  # Pieces that a decoder from scratch writes to show what it has learned.


@dataclass(frozen=True, slots=True)
class CorpusAttempt:
    store: Store
    models: Path
    base: Base
    config: CorpusConfig
    run_id: int
    place: Place
    forms: Catalogue
    show: Show
    team: Team = field(default_factory=Team)

    def outcome(self) -> Outcome:
        """Raises BadCorpus, NothingFits, TrainingDiverged; then no checkpoint is left either."""
        self.show(stage="reading")
        forget_abandoned(self.models)
        config = self.config
        corpus = read_corpus(Path(config.path), self.forms, config.form, config.in_form)
        train = self._grow if config.shape else self._fine_tune
        return in_place(self.place, lambda: train(corpus))

    @contextmanager
    def _checkpoints(self, corpus: Corpus, recipe: Recipe) -> Iterator[Checkpoints]:
        """Left behind only by a training that is to be gone on with."""
        checkpoints = Checkpoints.of(self.models, self._identity(corpus, recipe))
        try:
            yield checkpoints
        except ArithmeticError:
            self._forget(checkpoints)
            raise
        self._forget(checkpoints)

    def _forget(self, checkpoints: Checkpoints) -> None:
        if self.team.leads:
            checkpoints.forget()

    def _identity(self, corpus: Corpus, recipe: Recipe) -> str:
        """The same however long is searched: what the search finds is in the recipe."""
        how = asdict(replace(self.config, path="", wandb=None, search_minutes=0, recipe=recipe))
        return identity_of(corpus.sha256, how, "" if self.config.shape else self.base.sha256)

    def _fine_tune(self, corpus: Corpus) -> Outcome:
        lesson = lesson_from(load_tokenizer(self.base), corpus, self.config.recipe, self.forms)
        recipe = self._recipe(lesson, corpus)
        with self._checkpoints(corpus, recipe) as checkpoints:
            return self._tuned(corpus, lesson, recipe, checkpoints)

    def _tuned(self, corpus: Corpus, lesson: Lesson, recipe: Recipe, checkpoints: Checkpoints) -> Outcome:
        model = self._begun(lesson, recipe)
        before = perplexity(Likelihoods(model), lesson.test, recipe.batch)
        course = self._teach(model, lesson, recipe, checkpoints, before)
        if not self.team.leads:
            return _FOLLOWED
        manifest = write_version(
            self.models,
            model=model,
            base=self.base,
            parent=base_name(self.base),
            lineage={"run": self.run_id, "corpus": corpus.sha256, "config": self.config.as_dict()},
            metrics={**_figures(course.epochs), "test_perplexity_before": before},
        )
        self.store.versions.add(version_row(base_manifest(self.base)))
        self.store.versions.add(version_row(manifest))
        after = manifest.metrics["test_perplexity"]
        said = f"test perplexity {after:.1f}, {before:.1f} before; rhapsode models promote {manifest.name}"
        return Outcome("trained", (said,), manifest.name)

    def _begun(self, lesson: Lesson, recipe: Recipe) -> Any:
        """The base model with what is to be trained, untrained."""
        torch.manual_seed(recipe.seed)  # The adapter's first weights are drawn at random.
        bare = load_model(self.base, self.place.device, training_dtype(self.place.device, recipe))
        steps = sum(len(batches(lesson.train, recipe, epoch)) for epoch in range(recipe.epochs))
        return adapted(bare, recipe, steps)

    def _recipe(self, lesson: Lesson, corpus: Corpus) -> Recipe:
        """The given recipe, or what a search finds to be better."""
        given = self.config.recipe
        if not self.config.search_minutes:
            return given
        from retrain.search import Report, search  # Takes a second.

        def attempt(recipe: Recipe, report: Report) -> float:
            def epoch_ended(epochs: Sequence[Epoch]) -> None:
                report(epochs[-1]["dev_perplexity"])

            def step(number: int, of: int, loss: float) -> None:
                self.show(stage="searching", step=number, steps=of, loss=round(loss, 4))

            model = self._begun(lesson, recipe)
            course = Teaching(model, lesson, recipe, 1, None, step, epoch_ended).run()
            return min(epoch["dev_perplexity"] for epoch in course.epochs)

        identity = self._identity(corpus, given)
        return search(given, attempt, self.models, identity, self.config.search_minutes, self.show)

    def _grow(self, corpus: Corpus) -> Outcome:
        with self._checkpoints(corpus, self.config.recipe) as checkpoints:
            return self._grown(corpus, checkpoints)

    def _grown(self, corpus: Corpus, checkpoints: Checkpoints) -> Outcome:
        recipe, shape = self.config.recipe, self.config.shape or Shape()
        tokenizer = tokenizer_for(corpus.train, self.forms, shape)
        recipe = replace(recipe, longest=min(recipe.longest, shape.context))
        lesson = lesson_from(tokenizer, corpus, recipe, self.forms)
        torch.manual_seed(recipe.seed)  # Its first weights are drawn at random.
        model = decoder_of(shape, tokenizer).to(self.place.device)
        course = self._teach(model, lesson, recipe, checkpoints, None)
        if not self.team.leads:
            return _FOLLOWED
        own = write_base(self.models.parent / "bases", model, tokenizer)
        shares = self._try(own, corpus)
        manifest = replace(base_manifest(own), metrics=_figures(course.epochs) | shares)
        self.store.versions.add(version_row(manifest))
        kept = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        return Outcome("trained", (kept, f"to write with it: RHAPSODE_MODEL={own.folder}"), manifest.name)

    def _try(self, own: Base, corpus: Corpus) -> dict[str, float]:
        self.show(stage="evaluating", version=base_name(own))
        version = load_version(self.models, base_name(own), own, self.place.device, torch.float32)
        threads = self.place.threads or CORES
        shares, _ = written_in_form(version, corpus.test[:_TRIED], self.forms, threads)
        return shares

    def _teach(
        self, model: Any, lesson: Lesson, recipe: Recipe, checkpoints: Checkpoints, before: float | None
    ) -> Course:
        keeping = Keeping(checkpoints, self.place.keep_every)
        waiting = waiting_for(self.place, lambda: self.show(stage="waiting", window=self.place.window))
        teaching = Teaching(
            model, lesson, recipe, self.config.patience, keeping, _nothing, ready=waiting, team=self.team
        )
        if not self.team.leads:
            return teaching.run()
        shown: dict[str, Any] = {"epochs": [], "of_epochs": recipe.epochs}
        if before is not None:
            shown["before"] = before
        folder = self.models.parent / "training" / f"run-{self.run_id}"
        with Logbook(folder, self.config.as_dict(), self.config.wandb) as logbook:

            def step(number: int, of: int, loss: float) -> None:
                logbook.step(number, loss)
                self.show(stage="training", step=number, steps=of, loss=round(loss, 4), **shown)

            def epoch_ended(epochs: Sequence[Epoch]) -> None:
                shown["epochs"] = list(epochs)
                self.show(stage="training", **shown)
                logbook.epochs(epochs)

            return replace(teaching, progress=step, epoch_ended=epoch_ended).run()


def _nothing(*_: float) -> None:
    """Progress that nobody sees."""


def _figures(epochs: Sequence[Epoch]) -> dict[str, Any]:
    best = best_of(epochs)
    return {
        "dev_perplexity": epochs[best]["dev_perplexity"],
        "test_perplexity": epochs[best]["test_perplexity"],
        "best_epoch": best + 1,
        "epochs": len(epochs),
    }
