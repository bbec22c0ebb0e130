"""What the studio steers and sees, over the real store and the real commands."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from celery import Celery

from studio.steering import CannotSteer
from tests.studio.stored_inbox import VERSION
from worker.parts import Parts
from worker.queues import Enqueuer
from worker.settings import load_settings
from worker.studio_machines import LookedAtMachines
from worker.studio_steering import SqlSteering, _why

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RHAPSODE_HOME", str(tmp_path))
    monkeypatch.setenv("RHAPSODE_BROKER_URL", NOWHERE)
    made = Parts(load_settings())
    made.store.versions.add(VERSION)
    made.store.versions.add(replace(VERSION, name="v0001", artifact_sha256="e" * 64))
    made.store.versions.promote("base", "first")
    yield made
    made.close()


def test_going_back_and_pausing_are_rows(parts: Parts) -> None:
    steering = SqlSteering(parts)
    parts.store.versions.promote("v0001", "by hand")

    assert steering.rollback() == "base"
    steering.pause(paused=True)
    assert parts.store.pauses.paused()
    steering.pause(paused=False)
    assert not parts.store.pauses.paused()
    with pytest.raises(CannotSteer, match="no champion before"):
        steering.rollback()


def test_nobody_goes_back_to_a_version_whose_files_are_gone(parts: Parts) -> None:
    parts.store.versions.add(replace(VERSION, name="v0002", kind="lora", artifact_sha256="d" * 64))
    parts.store.versions.promote("v0002", "by hand")
    parts.store.versions.promote("v0001", "by hand")

    with pytest.raises(CannotSteer, match="the files of v0002 are gone: restore them"):
        SqlSteering(parts).rollback()
    assert parts.store.versions.champion() == "v0001"

    (parts.settings.models / "v0002").mkdir(parents=True)
    assert SqlSteering(parts).rollback() == "v0002"


def test_while_learning_is_paused_no_run_is_asked_for(parts: Parts) -> None:
    steering = SqlSteering(parts)
    steering.pause_learning(paused=True)
    assert (parts.store.learning_pauses.paused(), parts.store.pauses.paused()) == (True, False)

    with pytest.raises(CannotSteer, match="learning is paused"):
        steering.retrain()

    steering.pause_learning(paused=False)
    assert not parts.store.learning_pauses.paused()


def test_a_trial_is_told_with_its_evidence_until_it_is_ended(parts: Parts) -> None:
    steering = SqlSteering(parts)
    assert steering.trial() is None
    parts.store.versions.set_canary("v0001", 0.2, "by hand")

    trial = steering.trial()

    assert trial is not None
    assert (trial.version, trial.share, trial.better, trial.readers) == ("v0001", 0.2, 1.0, 0)
    assert trial.needed == 1 / parts.settings.canary_error
    steering.end_trial()
    assert steering.trial() is None


def test_what_the_command_refuses_is_not_promoted_and_said_in_its_words(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    steering = SqlSteering(parts)
    monkeypatch.setenv("RHAPSODE_DEVICE", "tpu")  # Refused before seconds go into loading a model.

    with pytest.raises(CannotSteer, match=r"^RHAPSODE_DEVICE is 'tpu': [^\n]+$"):
        steering.promote("v0001")
    with pytest.raises(CannotSteer, match="version --help"):  # No version, and no option either.
        steering.promote("--help")

    assert parts.store.versions.champion() == "base"


@pytest.mark.parametrize(
    ("code", "said", "why"),
    [
        (-signal.SIGKILL, "half a line", "memory"),
        (1, "first\nrhapsode: version v1 is refused: x\n", "version v1 is refused: x"),
        (-signal.SIGSEGV, "", "exit code -11"),
    ],
)
def test_why_a_promotion_came_to_nothing_is_said(code: int, said: str, why: str) -> None:
    assert why in _why(code, said)


def test_a_run_that_cannot_be_asked_for_is_said(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    # Both remember brokers: the one that it is away, the other its connections to one that was there.
    monkeypatch.setattr("worker.studio_steering.enqueue", Enqueuer())
    monkeypatch.setattr("worker.queues.app", Celery("rhapsode", set_as_current=False))
    with pytest.raises(CannotSteer, match="the broker does not answer"):
        SqlSteering(parts).retrain()


def test_the_machine_is_looked_at_whatever_is_away(parts: Parts) -> None:
    seen = LookedAtMachines(parts).look()

    assert (seen.broker, seen.writers, seen.gpus) == (False, (), ())
    assert 0 < seen.disk_free < seen.disk
    assert seen.kept > 0
