"""A whole run, on real rows and a tiny model: from ratings to a verdict that is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedback.records import AlreadyRunning
from feedback.store import Store
from feedback.tables import now
from generation.base_models import Base
from generation.versions import LoadedVersion, base_name
from retrain.config import Examination, Rehearsal, RunConfig
from retrain.dataset import Minimums
from retrain.evaluation import examine
from retrain.gate import Margins
from retrain.outcome import Outcome, RunStopped
from retrain.place import Place
from retrain.readers import plain_spoken
from retrain.recipe import Recipe
from retrain.run import run
from retrain.suite import suite_from
from retrain.yardsticks import Yardsticks
from tests.feedback.pieces import version
from tests.retrain.conftest import rate_pieces

SMALL = RunConfig(
    minimums=Minimums(liked=4, liked_heldout=1, new_ratings=4),
    recipe=Recipe(epochs=1, rank=2, reach=1),  # tests/retrain/test_reach.py goes further.
    rehearsal=Rehearsal(prompts=2, drafts=2, batch=4),
    examination=Examination(pieces=4, liked=4, batch=4),
    margins=Margins(
        perplexity=100,
        human=100,
        preference=1,
        distinct_2=0,
        self_bleu=1,
        repetition=1,
        form=1,
        words=0,
        safe=1,
        original=1,
        base_human=100,
        base_distinct_2=0,
        score=-2,
        sure=0,
        pieces=4,
    ),
)


def test_a_run_that_passes_the_gate_is_promoted_with_its_figures_and_lineage(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    farther = replace(SMALL, recipe=replace(SMALL.recipe, reach=1.5))
    run_id = tiny_store.runs.enqueue(farther.as_dict())
    seen: list[str] = []
    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, farther, run_id=run_id, fence="f", reader=plain_spoken,
        progress=lambda now: seen.append(str(now["stage"])),
    )  # fmt: skip
    assert outcome.status == "promoted", outcome.reasons
    assert "it went 1.5 times as far as it was trained" in outcome.reasons
    assert tiny_store.versions.champion() == outcome.candidate
    stages = ["reading", "rehearsing", "training", "reaching", "evaluating", "deciding"]
    assert list(dict.fromkeys(seen)) == stages
    kept = tiny_store.runs.get(run_id)
    assert (kept.status, kept.candidate, kept.parent) == ("promoted", outcome.candidate, base_name(tiny_base))
    [epoch] = kept.progress["epochs"]
    assert sorted(epoch) == ["heldout_perplexity", "last_loss", "train_loss"]
    assert kept.progress["before"] > 1 <= kept.progress["heldout"]
    figures = {figure.metric: figure for figure in tiny_store.figures.of(str(outcome.candidate))}
    assert {"perplexity", "bits_per_byte_human", "distinct_2", "self_bleu", "safe", "score"} <= figures.keys()
    assert figures["rule: score gained"].passed


def test_a_candidate_that_the_gate_refuses_is_rejected_and_the_champion_stays(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    strict = replace(SMALL, margins=replace(SMALL.margins, score=2.0))
    run_id = tiny_store.runs.enqueue(strict.as_dict())
    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, strict, run_id=run_id, fence="f", reader=plain_spoken
    )
    assert outcome.status == "rejected"
    assert any("score" in reason for reason in outcome.reasons)
    assert tiny_store.versions.champion() == base_name(tiny_base)
    assert tiny_store.versions.get(str(outcome.candidate)).status == "rejected"


def test_too_little_to_learn_from_is_skipped_with_every_reason(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 2)
    run_id = tiny_store.runs.enqueue({})
    outcome = run(tiny_store, tmp_path / "models", tiny_base, RunConfig(), run_id=run_id, fence="f")
    assert outcome.status == "skipped"
    assert len(outcome.reasons) == 3
    assert not (tmp_path / "models").exists()


def test_a_second_run_beside_one_that_runs_is_refused(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    tiny_store.runs.start(tiny_store.runs.enqueue({}), "first")
    second = tiny_store.runs.enqueue({})
    with pytest.raises(AlreadyRunning):
        run(tiny_store, tmp_path / "models", tiny_base, RunConfig(), run_id=second, fence="second")


def test_a_run_that_fails_says_so_in_one_sentence(tiny_store: Store, tiny_base: Base, tmp_path: Path) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    diverging = replace(SMALL, recipe=Recipe(epochs=2, rank=2, learning_rate=float("inf")))
    run_id = tiny_store.runs.enqueue({})
    outcome = run(tiny_store, tmp_path / "models", tiny_base, diverging, run_id=run_id, fence="f")
    assert outcome.status == "failed"
    assert "loss" in outcome.reasons[0]
    assert tiny_store.versions.champion() == base_name(tiny_base)


def test_a_candidate_that_learned_from_somebody_who_was_erased_meanwhile_is_rejected(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)

    def erase_while_training(now: dict[str, Any]) -> None:
        if now["stage"] == "training":
            tiny_store.erasure.erase("terminal", "", "ann")

    run_id = tiny_store.runs.enqueue(SMALL.as_dict())
    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, SMALL, run_id=run_id, fence="f", reader=plain_spoken,
        progress=erase_while_training,
    )  # fmt: skip
    assert outcome.status == "rejected"
    assert any("erased" in reason for reason in outcome.reasons)
    assert tiny_store.versions.champion() == base_name(tiny_base)


def run_in(store: Store, base: Base, folder: Path, progress: Callable[[dict[str, Any]], None]) -> Outcome:
    rate_pieces(store, base_name(base), 24)
    for vote in store.lessons.votes(now()):
        store.ratings.rate("terminal", "", "bob", vote.completion_id, vote.value, "button")
    return run(
        store, folder / "models", base, SMALL, run_id=store.runs.enqueue(SMALL.as_dict()), fence="f",
        reader=plain_spoken, progress=progress,
    )  # fmt: skip


@pytest.mark.parametrize("stage", ["training", "evaluating", "deciding"])
def test_who_only_rated_and_is_erased_meanwhile_keeps_a_candidate_from_being_promoted(
    stage: str, tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    told: list[str] = []

    def erase(progress: dict[str, Any]) -> None:
        if progress["stage"] == stage:
            told.extend(tiny_store.erasure.erase("terminal", "", "bob").versions)

    outcome = run_in(tiny_store, tiny_base, tmp_path, erase)
    assert outcome.status == "rejected"
    assert "erased" in outcome.reasons[0]
    assert tiny_store.versions.get(str(outcome.candidate)).status == "rejected"
    assert told == ([] if stage == "training" else [outcome.candidate])


def test_a_version_that_somebody_promotes_meanwhile_stays(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    def promote(progress: dict[str, Any]) -> None:
        if progress["stage"] == "deciding" and "version" in progress:
            tiny_store.versions.add(replace(version("v9"), parent=None))
            tiny_store.versions.promote("v9", "by hand")

    outcome = run_in(tiny_store, tiny_base, tmp_path, promote)
    assert outcome.reasons[0] == (
        f"{base_name(tiny_base)} is no longer the champion that it was compared with"
    )
    assert (outcome.status, tiny_store.versions.champion()) == ("rejected", "v9")


@pytest.mark.parametrize("pieces", [24, 160])  # Without and with a critic that is proven.
def test_outside_of_its_hours_a_run_computes_nothing(
    pieces: int, tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), pieces)
    moment = datetime.now(UTC)
    closed = f"{moment - timedelta(hours=2):%H:%M}-{moment - timedelta(hours=1):%H:%M}"
    seen: list[str] = []

    def progress(told: dict[str, Any]) -> None:
        seen.append(told["stage"])
        if told["stage"] == "waiting":
            raise RunStopped("that is enough")

    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, SMALL, run_id=tiny_store.runs.enqueue({}), fence="f",
        progress=progress, place=Place(window=closed),
    )  # fmt: skip
    assert outcome.status == "failed"
    assert set(seen) == {"reading", "waiting"}


def test_an_examination_waits_for_its_hours_between_its_parts(tiny: LoadedVersion) -> None:
    suite = suite_from([], 150, Examination(pieces=6, batch=1))
    asked: list[int] = []
    examine(tiny, suite, Yardsticks(), ready=lambda: asked.append(1))
    assert len(asked) == 1 + 6  # Before what it expects, and before each piece.


def test_a_base_that_is_no_champion_any_more_is_examined_too(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    run_in(tiny_store, tiny_base, tmp_path, lambda _: None)
    roles: set[str] = set()
    otherwise = replace(
        SMALL, minimums=replace(SMALL.minimums, new_ratings=0), recipe=replace(SMALL.recipe, seed=5)
    )
    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, otherwise,
        run_id=tiny_store.runs.enqueue(otherwise.as_dict()), fence="f", reader=plain_spoken,
        progress=lambda told: roles.add(str(told.get("role"))),
    )  # fmt: skip
    figures = {figure.metric: figure for figure in tiny_store.figures.of(str(outcome.candidate))}
    assert {
        "rule: bits_per_byte_human of the base kept",
        "rule: distinct_2 of the base kept",
    } <= figures.keys()
    # The champion sat the same suite as a candidate, and the base as a champion.
    assert roles == {"None", "candidate"}
