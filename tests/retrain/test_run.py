"""A whole run, on real rows and the real model: from ratings to a verdict that is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback.records import AlreadyRunning
from feedback.store import Store
from generation.base_models import Base
from generation.versions import base_name
from retrain.config import Examination, Recipe, RunConfig
from retrain.dataset import Minimums
from retrain.gate import Margins
from retrain.readers import plain_spoken
from retrain.run import run
from tests.retrain.conftest import rate_pieces

SMALL = RunConfig(
    minimums=Minimums(liked=4, liked_heldout=1, new_ratings=4),
    recipe=Recipe(epochs=1, rank=2),
    examination=Examination(pieces=4, liked=4, batch=4),
    margins=Margins(perplexity=100, distinct_2=0, repetition=1, form=1, score=-2, pieces=4),
)


def test_a_run_that_passes_the_gate_is_promoted_with_its_figures_and_lineage(
    store: Store, base: Base, tmp_path: Path
) -> None:
    rate_pieces(store, base_name(base), 24)
    run_id = store.runs.enqueue(SMALL.as_dict())
    seen: list[str] = []
    outcome = run(
        store, tmp_path / "models", base, SMALL, run_id=run_id, fence="f", reader=plain_spoken,
        progress=lambda now: seen.append(str(now["stage"])),
    )  # fmt: skip
    assert outcome.status == "promoted", outcome.reasons
    assert store.versions.champion() == outcome.candidate
    assert list(dict.fromkeys(seen)) == ["reading", "training", "evaluating", "deciding"]
    kept = store.runs.get(run_id)
    assert (kept.status, kept.candidate, kept.parent) == ("promoted", outcome.candidate, base_name(base))
    assert {"perplexity", "distinct_2", "repetition", "score"} <= {
        figure.metric for figure in store.runs.figures(str(outcome.candidate))
    }


def test_a_candidate_that_the_gate_refuses_is_rejected_and_the_champion_stays(
    store: Store, base: Base, tmp_path: Path
) -> None:
    rate_pieces(store, base_name(base), 24)
    strict = replace(SMALL, margins=Margins(score=2.0, pieces=4))
    run_id = store.runs.enqueue(strict.as_dict())
    outcome = run(store, tmp_path / "models", base, strict, run_id=run_id, fence="f", reader=plain_spoken)
    assert outcome.status == "rejected"
    assert any("score" in reason for reason in outcome.reasons)
    assert store.versions.champion() == base_name(base)
    assert store.versions.get(str(outcome.candidate)).status == "rejected"


def test_too_little_to_learn_from_is_skipped_with_every_reason(
    store: Store, base: Base, tmp_path: Path
) -> None:
    rate_pieces(store, base_name(base), 2)
    run_id = store.runs.enqueue({})
    outcome = run(store, tmp_path / "models", base, RunConfig(), run_id=run_id, fence="f")
    assert outcome.status == "skipped"
    assert len(outcome.reasons) == 3
    assert not (tmp_path / "models").exists()


def test_a_second_run_beside_one_that_runs_is_refused(store: Store, base: Base, tmp_path: Path) -> None:
    store.runs.start(store.runs.enqueue({}), "first")
    second = store.runs.enqueue({})
    with pytest.raises(AlreadyRunning):
        run(store, tmp_path / "models", base, RunConfig(), run_id=second, fence="second")


def test_a_run_that_fails_says_so_in_one_sentence(store: Store, base: Base, tmp_path: Path) -> None:
    rate_pieces(store, base_name(base), 24)
    diverging = replace(SMALL, recipe=Recipe(epochs=2, rank=2, learning_rate=float("inf")))
    run_id = store.runs.enqueue({})
    outcome = run(store, tmp_path / "models", base, diverging, run_id=run_id, fence="f")
    assert outcome.status == "failed"
    assert "loss" in outcome.reasons[0]
    assert store.versions.champion() == base_name(base)


def test_a_candidate_that_learned_from_somebody_who_was_erased_meanwhile_is_rejected(
    store: Store, base: Base, tmp_path: Path
) -> None:
    rate_pieces(store, base_name(base), 24)

    def erase_while_training(now: dict[str, Any]) -> None:
        if now["stage"] == "training":
            store.erasure.erase("terminal", "", "ann")

    run_id = store.runs.enqueue(SMALL.as_dict())
    outcome = run(
        store, tmp_path / "models", base, SMALL, run_id=run_id, fence="f", reader=plain_spoken,
        progress=erase_while_training,
    )  # fmt: skip
    assert outcome.status == "rejected"
    assert any("erased" in reason for reason in outcome.reasons)
    assert store.versions.champion() == base_name(base)
