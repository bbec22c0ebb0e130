"""What has been learned already is not learned again, and never turns against the champion."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback.store import Store
from feedback.tables import now
from generation.base_models import Base
from generation.manifest import base_name
from retrain.config import Rehearsal, RunConfig
from retrain.outcome import Outcome
from retrain.readers import plain_spoken
from retrain.run import run
from tests.retrain.conftest import rate_pieces
from tests.retrain.test_run import SMALL

ONCE = replace(SMALL, rehearsal=Rehearsal(drafts=0))  # What a champion rehearses is new every night.
AGAIN = replace(ONCE, minimums=replace(ONCE.minimums, new_ratings=0))
Try = Callable[[RunConfig], tuple[Outcome, list[str]]]


@pytest.fixture
def attempt(tiny_store: Store, tiny_base: Base, tmp_path: Path) -> Try:
    """A run on rated pieces that a reader judges: its outcome, and the stages that it went through."""
    rate_pieces(tiny_store, base_name(tiny_base), 24)

    def tried(config: RunConfig) -> tuple[Outcome, list[str]]:
        stages: list[str] = []

        def progress(told: dict[str, Any]) -> None:
            stages.append(told["stage"])

        run_id = tiny_store.runs.enqueue(config.as_dict())
        outcome = run(
            tiny_store, tmp_path / "models", tiny_base, config, run_id=run_id, fence="f", reader=plain_spoken,
            progress=progress,
        )  # fmt: skip
        assert tiny_store.runs.get(run_id).status == outcome.status
        return outcome, stages

    return tried


def test_the_rows_of_the_champion_make_no_second_candidate(attempt: Try, tiny_store: Store) -> None:
    champion = attempt(AGAIN)[0].candidate
    outcome, stages = attempt(AGAIN)
    assert (outcome.status, set(stages)) == ("skipped", {"reading"})
    assert outcome.reasons == ("nothing new: run 1 has made the champion from the same rows",)
    assert (tiny_store.versions.champion(), tiny_store.versions.get(str(champion)).status) == (
        champion,
        "live",
    )


def test_a_run_that_makes_the_champion_again_rejects_nothing(attempt: Try, tiny_store: Store) -> None:
    champion = attempt(AGAIN)[0].candidate
    otherwise = replace(AGAIN, examination=replace(AGAIN.examination, seed=7))  # Trained the same way.
    outcome, stages = attempt(otherwise)
    assert (outcome.status, outcome.candidate) == ("skipped", None)
    assert "training" in stages
    assert tiny_store.versions.get(str(champion)).status == "live"


def test_what_was_refused_is_not_tried_again_until_something_is_different(attempt: Try) -> None:
    strict = replace(AGAIN, margins=replace(AGAIN.margins, score=2.0))
    assert attempt(strict)[0].status == "rejected"
    outcome, stages = attempt(strict)
    assert (outcome.status, set(stages)) == ("skipped", {"reading"})
    assert "was rejected" in outcome.reasons[0]
    assert attempt(replace(strict, recipe=replace(strict.recipe, seed=3)))[0].status == "rejected"


def test_a_run_on_what_is_known_already_leaves_nothing_new_for_the_next_night(
    attempt: Try, tiny_store: Store
) -> None:
    attempt(ONCE)
    for vote in list(tiny_store.lessons.votes(now()))[:6]:  # The same by a reaction: no verdict changes.
        tiny_store.ratings.rate("terminal", "", "ann", vote.completion_id, vote.value, "reaction")
    assert attempt(ONCE)[0].reasons == ("nothing new: run 1 has made the champion from the same rows",)
    assert attempt(ONCE)[0].reasons == (
        "0 new ratings, choices and own versions since the last run, 4 needed",
    )
