"""Train on a body of poems until the dev part gets no better; measure every epoch, keep the best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp
from time import monotonic
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from generation.forms import Catalogue
from generation.prompts import render_example
from retrain.arrangement import batches
from retrain.asking import conversation
from retrain.checkpoints import Checkpoint, Checkpoints
from retrain.corpus import Corpus, Poem
from retrain.likelihoods import Likelihoods
from retrain.loop import Course, Epoch, Keeping, Loop, Progress
from retrain.methods import trained_in
from retrain.objective import loss_of
from retrain.recipe import Recipe
from retrain.samples import Sample, Unit
from retrain.team import Team

_MEASURED = 400  # Poems of a part that perplexity is measured on, at most: the first ones by their hash.


class NothingFits(ArithmeticError):
    """Raised when the poems of a part are all too long."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A corpus as tokens."""

    train: Sequence[Unit]
    dev: Sequence[Unit]
    test: Sequence[Unit]


def lesson_from(
    tokenizer: PreTrainedTokenizerBase, corpus: Corpus, recipe: Recipe, forms: Catalogue
) -> Lesson:
    """The poems as the writer would have met them, without those that are too long. Raises NothingFits."""

    def units(poems: Sequence[Poem], called: str) -> list[Unit]:
        found: list[Unit] = [(_sample(tokenizer, poem, forms),) for poem in poems]
        fitting = [unit for unit in found if len(unit[0]) <= recipe.longest]
        if not fitting:
            raise NothingFits(f"every poem of the {called} part has more than {recipe.longest} tokens")
        return fitting

    measured = (units(corpus.dev[:_MEASURED], "dev"), units(corpus.test[:_MEASURED], "test"))
    return Lesson(units(corpus.train, "train"), *measured)


def _sample(tokenizer: PreTrainedTokenizerBase, poem: Poem, forms: Catalogue) -> Sample:
    asked = conversation(forms, (poem.form, poem.theme, poem.language))
    return Sample(
        *render_example(tokenizer, asked, poem.text), True, 1.0, group=poem.language, part="written"
    )


@dataclass(frozen=True, slots=True)
class Teaching:
    """One training on a corpus."""

    model: Any
    lesson: Lesson
    recipe: Recipe
    patience: int  # Epochs without a better dev perplexity, after which it stops; 0: never.
    keeping: Keeping | None
    progress: Progress
    epoch_ended: Callable[[Sequence[Epoch]], None] = lambda _: None
    ready: Callable[[], None] = lambda: None
    team: Team = field(default_factory=Team)

    def run(self) -> Course:
        """The model has the weights of its best epoch afterwards. Raises TrainingDiverged."""
        likelihoods = Likelihoods(self.model)
        began = monotonic()

        def at_end(course: Course) -> bool:
            now = course.epochs[-1]
            now["dev_perplexity"] = perplexity(likelihoods, self.lesson.dev, self.recipe.batch)
            now["test_perplexity"] = perplexity(likelihoods, self.lesson.test, self.recipe.batch)
            now["minutes"] = (monotonic() - began) / 60
            if best_of(course.epochs) == len(course.epochs) - 1:
                self._keep_best(course.step)
            self.epoch_ended(course.epochs)
            return self.patience > 0 and len(course.epochs) - 1 - best_of(course.epochs) >= self.patience

        loop = Loop(
            self.model,
            self.recipe,
            lambda epoch: batches(self.lesson.train, self.recipe, epoch),
            lambda batch: loss_of(*likelihoods(batch), batch, "sft", self.recipe),
            self.progress,
            at_end,
            self.keeping,
            self.ready,
            self.team,
        )
        course = loop.run()
        self.team.wait()  # Until the best weights are written.
        self._take_best()
        return course

    @property
    def _best(self) -> Checkpoints | None:
        """The weights of the best epoch, beside the checkpoints of the training."""
        if self.keeping is None:
            return None
        checkpoints = self.keeping.checkpoints
        return Checkpoints(checkpoints.folder / "best", checkpoints.identity)

    def _keep_best(self, step: int) -> None:
        if self._best is not None and self.team.leads:
            self._best.keep(Checkpoint(step, trained_in(self.model)))

    @torch.no_grad()
    def _take_best(self) -> None:
        kept = self._best.newest() if self._best else None
        if kept is not None:
            for name, parameter in trained_in(self.model).items():
                parameter.copy_(kept.tensors[name])


def best_of(epochs: Sequence[Epoch]) -> int:
    """The number from 0 of the epoch with the least dev perplexity."""
    return min(range(len(epochs)), key=lambda number: epochs[number]["dev_perplexity"])


@torch.no_grad()
def perplexity(likelihoods: Likelihoods, units: Sequence[Unit], batch: int) -> float:
    """exp of the mean negative log-likelihood per token of the poems, their ends included."""
    samples = sorted((unit[0] for unit in units), key=lambda sample: (sample.group, len(sample)))
    total = tokens = 0.0
    for start in range(0, len(samples), batch):
        found, counts = likelihoods(samples[start : start + batch])
        total, tokens = total + float(found.sum()), tokens + float(counts.sum())
    return exp(min(700.0, -total / tokens))
