"""`python -m retrain`: a run in a process of its own, with nothing but its outcome on standard output."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.store import Store
from generation.base_models import Base
from generation.versions import base_name
from retrain.config import RunConfig
from retrain.dataset import Minimums
from retrain.job import Job
from tests.deadline import DEADLINE
from tests.retrain.conftest import rate_pieces


def job(tmp_path: Path, base: Base, run_id: int, reader: str | None = None) -> Job:
    url = f"sqlite:///{tmp_path / 'rhapsode.db'}"
    return Job(url, b"key".hex(), tmp_path / "models", base, run_id, "f", RunConfig(), reader=reader)


def child(given: Job, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "retrain"]
    return subprocess.run(  # noqa: S603 - our own command.
        command, input=given.to_json(), text=True, capture_output=True, timeout=DEADLINE, check=False
    )


def test_a_job_survives_its_way_through_json(tmp_path: Path, base: Base) -> None:
    given = job(tmp_path, base, 7, "retrain.readers:plain_spoken")

    assert Job.from_json(given.to_json()) == given
    assert given.reader_key not in repr(given)


def test_a_child_with_nothing_to_learn_says_so_without_a_model_library(
    store: Store, base: Base, tmp_path: Path
) -> None:
    rate_pieces(store, base_name(base), 2)
    run_id = store.runs.enqueue({})

    done = child(job(tmp_path, base, run_id), "-X", "importtime")

    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == store.runs.get(run_id).status == "skipped"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "feedback.store" in imported
    assert not {"torch", "transformers", "peft"} & imported


def test_a_reader_that_cannot_be_loaded_fails_the_run(store: Store, base: Base, tmp_path: Path) -> None:
    run_id = store.runs.enqueue({})

    done = child(job(tmp_path, base, run_id, "no.such.module:taste"))

    assert done.returncode == 1
    assert store.runs.get(run_id).status == "failed"
    assert "no.such.module" in store.runs.get(run_id).reasons[0]


def test_a_child_that_is_told_to_stop_leaves_its_run_to_be_taken_up(
    store: Store, base: Base, tmp_path: Path
) -> None:
    run_id = store.runs.enqueue({})
    reader = tmp_path / "reader.py"
    reader.write_text(
        "import os, signal\n\n\n"
        "class Brief:\n"
        "    def __del__(self):\n"  # The worst moment: what is raised here is dropped.
        "        os.kill(os.getpid(), signal.SIGTERM)\n\n\n"
        "Brief()\n\n\n"
        "def taste(asked, text):\n"
        "    return 0.0\n"
    )

    assert child(job(tmp_path, base, run_id, f"{reader}:taste")).returncode == 2

    assert store.runs.get(run_id).status == "running"
    assert child(job(tmp_path, base, run_id)).returncode == 0
    assert store.runs.get(run_id).status == "skipped"


def test_a_child_does_not_touch_a_run_beside_one_that_runs(store: Store, base: Base, tmp_path: Path) -> None:
    store.runs.start(store.runs.enqueue({}), "first")
    second = store.runs.enqueue({})

    done = child(job(tmp_path, base, second))

    assert done.returncode == 2
    assert json.loads(done.stdout)["reasons"] == ["another run is running"]
    assert store.runs.get(second).status == "queued"


def test_a_failing_child_logs_its_traceback_to_standard_error_without_what_readers_wrote(
    store: Store, base: Base, tmp_path: Path
) -> None:
    rate_pieces(store, base_name(base), 24)
    config = RunConfig(minimums=Minimums(liked=4, liked_heldout=1, new_ratings=4))
    missing = replace(base, folder=tmp_path / "gone")
    run_id = store.runs.enqueue({})

    done = child(replace(job(tmp_path, missing, run_id), config=config))

    assert json.loads(done.stdout)["status"] == "failed"
    assert "Traceback" in done.stderr
    assert "on the sill" not in done.stderr + done.stdout
    assert b"key".hex() not in done.stderr + done.stdout


@pytest.mark.parametrize(("level", "said"), [("info", ["found", "odd"]), ("warning", ["odd"])])
def test_a_child_says_as_much_as_the_operator_wants(level: str, said: list[str]) -> None:
    lines = [f"main._log_to_stderr({level!r})", "log = structlog.get_logger()"]
    lines += ["log.debug('seen')", "log.info('found')", "log.warning('odd')"]
    code = "; ".join(["import structlog", "from retrain import __main__ as main", *lines])
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)  # noqa: S603
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == said
