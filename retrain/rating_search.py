"""Look for a better recipe of a training on ratings, by pairs of texts that its trials do not learn from."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from math import atan, pi
from pathlib import Path
from typing import Any

from feedback.buckets import split_bucket
from generation.base_models import Base
from generation.cores import on_cores
from generation.forms import Catalogue
from generation.versions import load_tokenizer
from retrain.bootstrap import FEWEST
from retrain.config import Examination, RunConfig
from retrain.dataset import Asked, Dataset
from retrain.evaluation import told_apart
from retrain.outcome import Show
from retrain.place import Place
from retrain.recipe import Recipe
from retrain.search import Report, search
from retrain.series import Measured
from retrain.suite import Piece, suite_from
from retrain.training import train
from retrain.training_folders import identity_of

_EVERY = 5  # One of so many requests that are learned from is kept back to judge trials by.


def learned_of(given: Dataset) -> Dataset:
    """What trials learn from."""
    return _of_requests(given, kept_back=False)


def judged_on(given: Dataset, examination: Examination) -> list[tuple[Piece, Piece]]:
    """A better and a worse text each, for requests that trials do not know.

    None of the held-out side: the gate judges by that, and would let pass what was chosen by its figures.
    """
    kept = _of_requests(given, kept_back=True)
    rated = [replace(one, split="heldout") for one in kept.examples if one.kind == "rated"]
    chosen = [(pair.asked, pair.chosen, pair.rejected) for pair in kept.pairs if pair.kind == "preference"]
    return suite_from(rated, 0, examination, (), chosen).pairs


def badness(told: Measured) -> float:
    """The lower, the better: the share of pairs told apart, and where that is equal, by how much they are."""
    accuracy, contrast = told["preference_accuracy"], told["contrast"]
    less_than_one_pair = (0.5 + atan(contrast.value) / pi) / (accuracy.n + 1)
    return -accuracy.value - less_than_one_pair


@dataclass(frozen=True, slots=True)
class RatingSearch:
    base: Base
    forms: Catalogue
    place: Place
    config: RunConfig
    models: Path
    dataset: str  # Its hash.
    show: Show
    ready: Callable[[], None]

    def found(self, given: Dataset, recipe: Recipe) -> tuple[Recipe, str]:
        """The best recipe, and what to say of it; the given one where there is too little to judge by."""
        pairs, learned = judged_on(given, self.config.examination), learned_of(given)
        if len(pairs) < FEWEST:
            return recipe, f"nothing searched: {len(pairs)} pairs to judge trials by, {FEWEST} needed"

        def attempt(tried: Recipe, report: Report) -> float:
            return self._tried(learned, pairs, tried, report)

        texts, minutes = [example.text_sha256 for example in given.examples], self.config.search.minutes
        identity = identity_of("ratings", self.dataset, texts, asdict(recipe), self.base.sha256)
        knobs = ("learning_rate", "rank") if recipe.objective == "sft" else ("learning_rate", "beta", "rank")
        best = on_cores(
            self.place.threads,
            lambda: search(recipe, attempt, self.models, identity, minutes, self.show, knobs),
        )
        said = f"searched: learning rate {best.learning_rate:.1e}, beta {best.beta:.2g}, rank {best.rank}"
        return best, said

    def _tried(
        self, learned: Dataset, pairs: Sequence[tuple[Piece, Piece]], recipe: Recipe, report: Report
    ) -> float:
        """How bad it is after its last epoch: that is what a training keeps."""
        gc.collect()  # The model before this one is held by cycles, and two need twice the memory.
        tokenizer = load_tokenizer(self.base)
        found = list[float]()

        def step(number: int, of: int, loss: float) -> None:
            self.show(stage="searching", step=number, steps=of, loss=round(loss, 4))

        def epoch_ended(model: Any) -> None:
            found.append(badness(told_apart(model, tokenizer, pairs, self.forms)))
            report(found[-1])

        device, forms, ready = self.place.device, self.forms, self.ready
        train(self.base, learned, recipe, device, step, forms, ready=ready, epoch_ended=epoch_ended)
        return found[-1]


def _of_requests(given: Dataset, *, kept_back: bool) -> Dataset:
    def wanted(asked: Asked) -> bool:
        form, theme, _ = asked
        return (split_bucket(form, theme) % _EVERY == 0) is kept_back

    learned = given.of("train")
    return replace(
        learned,
        examples=tuple(example for example in learned.examples if wanted(example.asked)),
        pairs=tuple(pair for pair in learned.pairs if wanted(pair.asked)),
    )
