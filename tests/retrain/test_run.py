"""A whole run, on real rows and the real model: from ratings to a verdict that is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback.records import AlreadyRunning
from feedback.store import Store
from generation.base_models import Base
from generation.versions import base_name
from retrain.config import Examination, RunConfig
from retrain.dataset import Minimums
from retrain.gate import Margins
from retrain.readers import plain_spoken
from retrain.recipe import Recipe
from retrain.run import run
from tests.retrain.conftest import rate_pieces

SMALL = RunConfig(
    minimums=Minimums(liked=4, liked_heldout=1, new_ratings=4),
    recipe=Recipe(epochs=1, rank=2),
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
        score=-2,
        sure=0,
        pieces=4,
    ),
)


def test_a_run_that_passes_the_gate_is_promoted_with_its_figures_and_lineage(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    run_id = tiny_store.runs.enqueue(SMALL.as_dict())
    seen: list[str] = []
    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, SMALL, run_id=run_id, fence="f", reader=plain_spoken,
        progress=lambda now: seen.append(str(now["stage"])),
    )  # fmt: skip
    assert outcome.status == "promoted", outcome.reasons
    assert tiny_store.versions.champion() == outcome.candidate
    assert list(dict.fromkeys(seen)) == ["reading", "training", "evaluating", "deciding"]
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
