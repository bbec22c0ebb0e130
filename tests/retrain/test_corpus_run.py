"""A whole training on a corpus in a process of its own, killed at random moments."""

import random
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
import torch

from feedback.store import Store
from generation.base_models import Base
from generation.forms import FORMS
from generation.versions import base_name, load_version
from retrain.corpus_attempt import CorpusAttempt
from retrain.corpus_config import CorpusConfig
from retrain.job import Job
from retrain.outcome import LEFT, Outcome
from retrain.place import Place
from retrain.recipe import Recipe
from retrain.run import see_through
from retrain.shape import Shape
from tests.retrain.children import begin
from tests.retrain.small import TINY, write_poems

RECIPE = Recipe(rank=4, epochs=6, batch=8, learning_rate=1e-2, longest=256)
PLACE = Place(threads=1, keep_every=0)


def config_of(folder: Path, recipe: Recipe = RECIPE, shape: Shape | None = None) -> CorpusConfig:
    return CorpusConfig(str(write_poems(folder / "poems.jsonl")), recipe=recipe, patience=0, shape=shape)


def learn(store: Store, home: Path, base: Base, config: CorpusConfig) -> Outcome:
    """A run in this process."""
    run_id = store.runs.enqueue(config.as_dict())
    return see_through(
        store,
        run_id,
        "here",
        lambda show, _: CorpusAttempt(
            store, home / "models", base, config, run_id, PLACE, FORMS, show
        ).outcome(),
    )


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not happen"
        Event().wait(0.005)


def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_left_alone(
    store: Store, small_base: Base, tmp_path: Path
) -> None:
    config = config_of(tmp_path)
    alone = learn(store, tmp_path / "alone", small_base, config)
    assert alone.status == "trained", alone.reasons
    models = tmp_path / "killed" / "models"
    run_id = store.runs.enqueue(config.as_dict())
    url = f"sqlite:///{tmp_path / 'rhapsode.db'}"
    job = Job(url, b"key".hex(), models, small_base, run_id, "f", corpus=config, place=PLACE, niceness=0)

    def step() -> int:
        return max((int(f.name[5:]) for f in models.glob(".training/*/step-*")), default=0)

    moment = 0
    for _ in range(2):
        moment += random.randint(2, 9)
        child = begin(job)
        wait_until(lambda: step() >= moment)  # noqa: B023 - called before it changes.
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert store.runs.get(run_id).status == "running"
        assert step() >= moment
    begin(job).wait(200)
    ended = store.runs.get(run_id)
    assert ended.status == "trained", ended.reasons
    assert ended.candidate is not None
    assert alone.candidate is not None
    # The weights are the same to the last bit, and the name holds their hash.
    assert ended.candidate[-8:] == alone.candidate[-8:]
    assert not list(models.glob(".training/*/step-*"))


def test_a_child_that_is_told_to_stop_in_the_middle_of_its_training_ends_as_told(
    store: Store, small_base: Base, tmp_path: Path
) -> None:
    config = config_of(tmp_path, replace(RECIPE, epochs=200))
    run_id, models = store.runs.enqueue(config.as_dict()), tmp_path / "models"
    url = f"sqlite:///{tmp_path / 'rhapsode.db'}"
    child = begin(
        Job(url, b"key".hex(), models, small_base, run_id, "f", corpus=config, place=PLACE, niceness=0)
    )
    wait_until(lambda: any(models.glob(".training/*/step-*")))
    child.terminate()
    assert child.wait(60) == LEFT
    assert store.runs.get(run_id).status == "running"


def test_a_training_tells_every_epoch_and_leaves_a_picture(
    store: Store, small_base: Base, tmp_path: Path
) -> None:
    outcome = learn(store, tmp_path, small_base, config_of(tmp_path, replace(RECIPE, epochs=3)))
    assert outcome.candidate is not None
    run = store.runs.latest(1)[0]
    assert [sorted(epoch) for epoch in run.progress["epochs"]] == [
        ["dev_perplexity", "last_loss", "minutes", "test_perplexity", "train_loss"]
    ] * 3
    figures = store.versions.get(outcome.candidate).metrics
    assert figures["test_perplexity"] < figures["test_perplexity_before"]
    load_version(tmp_path / "models", outcome.candidate, small_base, "cpu", torch.float32)
    logged = tmp_path / "training" / f"run-{run.id}"
    assert (logged / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list(logged.glob("events.out.tfevents.*"))


def test_a_decoder_from_scratch_is_a_base_that_writes(store: Store, small_base: Base, tmp_path: Path) -> None:
    recipe = Recipe(method="full", epochs=2, batch=8, learning_rate=3e-3, longest=256)
    outcome = learn(store, tmp_path, small_base, config_of(tmp_path, recipe, TINY))
    assert outcome.status == "trained", outcome.reasons
    folder = Path(outcome.reasons[1].partition("=")[2])
    assert (folder / "model.safetensors").is_file()
    assert store.versions.get(str(outcome.candidate)).kind == "base"
    assert outcome.candidate != base_name(small_base)


def test_a_training_that_stops_early_keeps_its_best_epoch(
    store: Store, small_base: Base, tmp_path: Path
) -> None:
    spoiled = replace(RECIPE, epochs=20, learning_rate=0.2)
    outcome = learn(store, tmp_path, small_base, replace(config_of(tmp_path, spoiled), patience=2))
    run = store.runs.latest(1)[0]
    dev = [epoch["dev_perplexity"] for epoch in run.progress["epochs"]]
    assert len(dev) < 20
    assert store.versions.get(str(outcome.candidate)).metrics["dev_perplexity"] == pytest.approx(min(dev))


@pytest.mark.parametrize(
    ("change", "why"),
    [({"longest": 3}, "more than 3 tokens"), ({"learning_rate": float("inf")}, "the loss was nan")],
)
def test_a_training_that_fails_says_why_and_keeps_nothing(
    store: Store, small_base: Base, tmp_path: Path, change: dict[str, float], why: str
) -> None:
    recipe = replace(RECIPE, **change)  # type: ignore[arg-type]
    outcome = learn(store, tmp_path, small_base, config_of(tmp_path, recipe))
    assert outcome.status == "failed"
    assert why in outcome.reasons[0]
    assert not list((tmp_path / "models").glob("v*"))
    assert not list((tmp_path / "models").glob(".training/*/*"))


def test_a_search_comes_before_the_training(store: Store, small_base: Base, tmp_path: Path) -> None:
    config = replace(config_of(tmp_path, replace(RECIPE, epochs=2)), search_minutes=0.001)
    outcome = learn(store, tmp_path, small_base, config)
    assert outcome.status == "trained", outcome.reasons
    assert searches_in(tmp_path) == 1


def test_a_search_with_more_time_goes_on(store: Store, small_base: Base, tmp_path: Path) -> None:
    config = config_of(tmp_path, replace(RECIPE, epochs=1))
    for minutes in (0.001, 0.002):
        assert learn(store, tmp_path, small_base, replace(config, search_minutes=minutes)).status == "trained"
    assert searches_in(tmp_path) == 1


def searches_in(home: Path) -> int:
    with closing(sqlite3.connect(home / "training" / "search.db")) as rows:
        found: int = rows.execute("SELECT count(*) FROM studies").fetchone()[0]
        return found
