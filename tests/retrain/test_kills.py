"""Killed at any moment of evaluation or promotion, a run leaves one whole champion; the next one goes on."""

import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from feedback.database import migrate
from feedback.store import Store
from generation.base_models import Base
from generation.versions import base_name
from retrain.job import Job
from tests.feedback.pieces import BASE
from tests.retrain.children import begin
from tests.retrain.conftest import rate_pieces
from tests.retrain.test_run import SMALL


@pytest.mark.parametrize("seed", range(3))
def test_a_promotion_is_whole_or_not_at_all(tmp_path: Path, seed: int) -> None:
    url = f"sqlite:///{tmp_path / 'rhapsode.db'}"
    migrate(url)
    store = Store(url, b"key")
    store.versions.add(BASE)
    store.versions.promote("base", "first")
    child = subprocess.Popen(  # noqa: S603 - our own command.
        [sys.executable, "-m", "tests.retrain.promoting", url], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(Random(seed).random() / 5)  # The moment of the kill is what is tried.
    child.kill()
    child.wait()
    child.stdout.close()

    versions = {version.name: version.status for version in store.versions.all()}
    champion, trial = store.versions.champion(), store.versions.trial()
    assert [name for name, status in versions.items() if status == "live"] == [champion]
    assert [name for name, status in versions.items() if status == "canary"] == (
        [trial.model_version] if trial else []
    )
    deployed = {d.model_version for d in store.versions.deployments()} | (
        {trial.model_version} if trial else set()
    )
    for run in store.runs.latest(
        1000
    ):  # Deployed, or quarantined since: then its run says so, and only then.
        was_deployed = run.candidate in deployed or versions.get(str(run.candidate)) == "quarantined"
        assert (run.status == "promoted") == was_deployed
    store.versions.rollback("the way back is whole too")
    store.close()


def test_a_run_killed_while_it_evaluates_changes_nothing_and_goes_on_when_it_is_taken_up(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    store, champion = tiny_store, base_name(tiny_base)
    rate_pieces(store, champion, 24)
    job = Job(
        f"sqlite:///{tmp_path / 'rhapsode.db'}", b"key".hex(), tmp_path / "models", tiny_base, 0, "first",
        SMALL, reader="retrain.readers:plain_spoken",
    )  # fmt: skip

    killed = replace(job, run_id=store.runs.enqueue(SMALL.as_dict()))
    child = begin(killed)
    while not store.figures.of(champion):  # Then it is the candidate's turn to be examined.
        assert child.poll() is None
        time.sleep(0.02)
    child.kill()
    child.wait()
    assert store.runs.get(killed.run_id).status == "running"
    assert store.versions.champion() == champion
    assert store.runs.take_over(killed.run_id, "second", timedelta(0))

    assert begin(replace(killed, fence="second")).wait(timeout=120) == 0
    run = store.runs.get(killed.run_id)
    assert (run.status, store.versions.champion()) == ("promoted", run.candidate), run.reasons
