"""A search before a training on ratings judges its trials by requests that they do not know."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest

from feedback.store import Store
from generation.base_models import Base
from generation.forms import FORMS
from generation.manifest import read_verified
from generation.versions import base_name
from retrain.config import Examination, Rehearsal, Search
from retrain.dataset import Dataset
from retrain.place import Place
from retrain.rating_search import RatingSearch, badness, judged_on, learned_of
from retrain.run import run
from retrain.series import Measured, mean_of
from tests.retrain.conftest import rate_numbered
from tests.retrain.rows import example
from tests.retrain.test_run import SMALL

RATED = [example(number, liked=number % 2 == 0) for number in range(60)]
LIKED, DISLIKED = (32, 46, 58, 72, 78, 138), (5, 9, 33, 39, 49, 59)  # Numbers of requests kept back.
HELD_OUT = [example(number, liked=number % 2 == 0, split="heldout") for number in range(60, 120)]


def told(ahead: Sequence[float]) -> Measured:
    """By so much each pair is told apart."""
    items = [str(number) for number in range(len(ahead))]
    right = [float(by > 0) for by in ahead]
    return {
        "contrast": mean_of("contrast", items, ahead),
        "preference_accuracy": mean_of("preference_accuracy", items, right),
    }


def test_trials_are_judged_by_requests_that_they_do_not_learn_from() -> None:
    rehearsed = [replace(one, kind="rehearsed", text="Rehearsed") for one in RATED]
    given = Dataset((*RATED, *HELD_OUT, *rehearsed))
    learned, judged = learned_of(given).examples, judged_on(given, Examination())
    known, asked = {one.asked for one in learned}, {piece[0] for pair in judged for piece in pair}
    assert len(asked) > 6
    assert known.isdisjoint(asked)
    assert known | asked <= {one.asked for one in RATED}  # None that the gate judges by.
    assert "Rehearsed" not in {piece[1] for pair in judged for piece in pair}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ([0.1, 0.1, 0.1], [0.1, 0.1, -0.1]),
        ([0.1, 0.1, -0.1], [9.0, -0.1, -0.1]),  # More of them count, not by how much.
        ([0.2, 0.2, -0.1], [0.1, 0.1, -0.1]),
        ([-0.1, -0.1, -0.1], [-0.2, -0.1, -0.1]),
    ],
)
def test_the_share_of_pairs_decides_and_between_equals_the_contrast(
    better: list[float], worse: list[float]
) -> None:
    assert badness(told(better)) < badness(told(worse))


def test_a_run_trains_with_the_best_recipe_that_it_finds(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_numbered(tiny_store, base_name(tiny_base), sorted({*LIKED, *DISLIKED, *range(16)}))
    recipe = replace(SMALL.recipe, objective="kto")
    config = replace(SMALL, search=Search(minutes=1e-4), recipe=recipe, rehearsal=Rehearsal(drafts=0))
    config = replace(config, examination=replace(SMALL.examination, liked=12))
    run_id = tiny_store.runs.enqueue(config.as_dict())
    storage = f"sqlite:///{tmp_path / 'training' / 'search.db'}"
    best = {"learning_rate": 1e-3, "beta": 0.2, "rank": 8}

    def find_something_better(now: dict[str, Any]) -> None:
        """As if another trial had been made before."""
        if now["stage"] == "searching" and now.get("step") == 1:
            (name,) = optuna.get_all_study_names(storage)
            study = optuna.load_study(study_name=name, storage=storage)
            known = study.trials[0].distributions
            study.add_trial(optuna.create_trial(params=best, distributions=known, value=-2.0))

    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, config, run_id=run_id, fence="f",
        progress=find_something_better,
    )  # fmt: skip
    assert "searched: learning rate 1.0e-03, beta 0.2, rank 8" in outcome.reasons
    assert outcome.candidate is not None
    manifest = read_verified(tmp_path / "models", outcome.candidate, tiny_base)
    trained = manifest.lineage["config"]["recipe"]
    assert {name: trained[name] for name in best} == best
    (study,) = optuna.get_all_study_summaries(storage)
    assert study.n_trials == 2


def test_with_too_few_pairs_nothing_is_searched(tiny_base: Base, tmp_path: Path) -> None:
    config = replace(SMALL, search=Search(minutes=10))
    models = tmp_path / "models"
    looking = RatingSearch(tiny_base, FORMS, Place(), config, models, "", lambda **_: None, lambda: None)
    found, said = looking.found(Dataset(tuple(RATED[:20])), SMALL.recipe)
    assert (found, (tmp_path / "training").exists()) == (SMALL.recipe, False)
    assert said.startswith("nothing searched: ")
