"""A run that cannot begin says why in its row; one that was killed is taken up or gives way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from pydantic import SecretStr
from typer.testing import CliRunner

from feedback.records import RunRecord
from generation.base_models import NotAModel
from retrain.corpus_config import CorpusConfig
from retrain.job import lock_of
from retrain.pulse import Pulse
from retrain.recipe import Recipe
from tests.feedback.places import FilePlace
from tests.retrain.conftest import rate_pieces
from tests.retrain.small import grow_small_base, write_poems
from tests.worker.conftest import until
from tests.worker.test_writing import VERSION
from worker.cli import app
from worker.parts import Parts
from worker.problems import RunBroken
from worker.retraining import Retraining
from worker.settings import Settings


def parts_in(home: Path, **more: object) -> Parts:
    values = {"openai_url": "http://127.0.0.1:1/v1", "openai_model": "large", "min_liked": 2, **more}
    parts = Parts(Settings(home=home, engine="openai", min_new_ratings=0, **values))  # type: ignore[arg-type]
    parts.store.versions.add(VERSION)
    return parts


def test_without_a_model_to_train_a_run_has_failed_at_once(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    rate_pieces(parts.store, VERSION.name, 96)
    with pytest.raises(NotAModel, match="RHAPSODE_MODEL") as told:
        Retraining(parts).run()
    [record] = parts.store.runs.latest(2)
    assert (record.status, record.reasons) == ("failed", (str(told.value),))
    parts.close()


def test_with_too_little_to_learn_from_it_is_skipped_with_its_reasons(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    record = Retraining(parts).run()
    assert (record.status, parts.store.runs.latest(1)) == ("skipped", [record])
    assert record.reasons
    parts.close()


def test_an_operators_minimum_of_readers_reaches_the_run(tmp_path: Path) -> None:
    parts = parts_in(tmp_path, min_readers=2)
    rate_pieces(parts.store, VERSION.name, 96)
    record = Retraining(parts).run()
    assert (record.status, record.reasons) == ("skipped", ("1 readers to learn from, 2 needed",))
    parts.close()


def test_a_search_that_is_asked_for_is_part_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHAPSODE_HOME", str(tmp_path))
    parts = parts_in(tmp_path)
    for arguments, minutes in (("--search --minutes 7", 7), ("--search", 30), ("--minutes 7", 0)):
        CliRunner().invoke(app, ["retrain", "--json", *arguments.split()], catch_exceptions=False)
        (record,) = parts.store.runs.latest(1)
        assert record.config["search"] == {"minutes": minutes}
    parts.close()


def test_while_learning_is_paused_a_run_is_skipped_whatever_there_is_to_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHAPSODE_HOME", str(tmp_path))
    parts = parts_in(tmp_path)
    rate_pieces(parts.store, VERSION.name, 96)
    assert CliRunner().invoke(app, ["learning", "pause"]).output == "learning is paused\n"
    record = Retraining(parts).run()
    assert (record.status, record.reasons) == ("skipped", ("learning is paused",))
    assert parts.store.runs.latest(1) == [record]
    assert not parts.store.pauses.paused()

    assert CliRunner().invoke(app, ["learning", "resume"]).output == "learning goes on\n"
    with pytest.raises(NotAModel):  # It would begin.
        Retraining(parts).run()
    parts.close()


def test_an_operators_default_of_consent_reaches_the_run(tmp_path: Path) -> None:
    parts = parts_in(tmp_path, consent_default=False)
    rate_pieces(parts.store, VERSION.name, 96)
    assert Retraining(parts).run().status == "skipped"
    parts.close()


def test_what_share_of_the_layers_learns_and_at_what_rate_reaches_the_run(tmp_path: Path) -> None:
    parts = parts_in(tmp_path, train_layers=0.25)
    recipe = Retraining(parts).run().config["recipe"]
    assert (recipe["layers"], recipe["learning_rate"]) == (0.25, pytest.approx(8e-4))
    parts.close()


def corpus_in(home: Path) -> CorpusConfig:
    recipe = Recipe(epochs=1, rank=2, longest=256)
    return CorpusConfig(str(write_poems(home / "poems.jsonl")), recipe=recipe)


def begun(parts: Parts, config: CorpusConfig) -> int:
    """A run whose process has locked its file once."""
    run_id = parts.store.runs.enqueue(config.as_dict())
    parts.store.runs.start(run_id, "before")
    lock = lock_of(parts.settings.models, run_id)
    lock.parent.mkdir(parents=True)
    lock.touch()
    return run_id


def its_heart_is_quiet(parts: Parts) -> None:
    """As it is once its trainer has been gone for a while."""
    place = FilePlace(parts.settings.home / "rhapsode.db")
    place.change("UPDATE training_run SET heartbeat_at = datetime('now', '-30 seconds')")


def test_a_run_that_is_told_to_stop_is_taken_up_as_the_same_run(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    parts = Parts(Settings(home=tmp_path, model=str(own.folder)))
    config = corpus_in(tmp_path)
    stopped = Retraining(parts, corpus=config)

    def stop_when_it_runs(record: RunRecord) -> None:
        if record.status == "running":
            stopped.stop()  # As a restart of the trainer does: its process gets SIGTERM.

    with pytest.raises(RunBroken, match="goes on when it is taken up again"):
        stopped.run(stop_when_it_runs)
    (left,) = parts.store.runs.latest(5)
    assert (left.status, left.reasons) == ("running", ())
    its_heart_is_quiet(parts)
    record = Retraining(parts, corpus=config).run()
    assert (record.id, record.status) == (left.id, "trained"), record.reasons
    assert parts.store.runs.latest(5) == [record]
    parts.close()


def test_a_run_that_is_stopped_before_it_begins_is_skipped(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    parts = Parts(Settings(home=tmp_path, model=str(own.folder)))
    retraining = Retraining(parts, corpus=corpus_in(tmp_path))
    retraining.stop()
    with pytest.raises(RunBroken, match="stopped before it began"):
        retraining.run()
    (record,) = parts.store.runs.latest(5)
    assert (record.status, record.reasons) == ("skipped", ("it was stopped before it began",))
    parts.close()


def own_processes(module: str) -> list[psutil.Process]:
    """Those that go on, beside whatever else the tests have started."""
    started = [(child, child.as_dict(["cmdline"])["cmdline"]) for child in psutil.Process().children()]
    return [child for child, line in started if (line or [])[1:3] == ["-m", module]]


def test_a_run_outlasts_a_database_that_is_away_for_a_while(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    place, elsewhere = tmp_path / "database", tmp_path / "elsewhere"
    url = SecretStr(f"sqlite:///{place / 'rhapsode.db'}")
    parts = Parts(Settings(home=tmp_path, model=str(own.folder), database_url=url))
    retraining = Retraining(parts, corpus=corpus_in(tmp_path))
    children: list[psutil.Process] = []

    def take_away(record: RunRecord) -> None:
        if record.status == "running" and not children:
            place.rename(elsewhere)
            children.extend(own_processes("retrain"))

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(retraining.run, take_away)
        try:
            until(lambda: bool(children), "the run runs")
            until(lambda: not any(child.is_running() for child in children), "its process gives up")
        finally:
            elsewhere.rename(place)
        record = ended.result()
    assert record.status == "trained", record.reasons
    assert parts.store.runs.latest(5) == [record]
    parts.close()


DEADLY = """
import os, pathlib, signal

home = pathlib.Path(__file__).parent
with (home / "tries").open("a") as tries:
    tries.write("I")
if (number := len((home / "tries").read_text())) < 3:  # Then it gets somewhere before it dies.
    kept = home / "models/.training/some"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "drafts.json").write_text(str(number))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_fails_once_four_processes_were_killed_that_got_no_further(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    reader = tmp_path / "deadly.py"
    reader.write_text(DEADLY)
    usual = Settings(home=tmp_path, model=str(own.folder), min_liked=2, min_new_ratings=0)
    parts = Parts(usual)
    parts.store.versions.add(VERSION)
    rate_pieces(parts.store, VERSION.name, 96)
    with pytest.raises(RunBroken, match="killed 4 times"):
        Retraining(parts, reader=f"{reader}:taste").run()
    (record,) = parts.store.runs.latest(5)
    assert (record.status, record.reasons) == (
        "failed",
        ("its process was killed 4 times without getting further, most likely for want of memory",),
    )
    assert (tmp_path / "tries").read_text() == "I" * 6
    assert Retraining(parts).left_behind() is None
    parts.close()


def test_a_run_that_was_killed_gives_way_to_another_one(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    run_id = begun(parts, corpus_in(tmp_path))
    its_heart_is_quiet(parts)
    assert Retraining(parts).run().status == "skipped"
    assert parts.store.runs.get(run_id).status == "failed"
    parts.close()


def test_a_run_beside_one_that_runs_is_skipped_with_that_reason(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    parts = Parts(Settings(home=tmp_path, model=str(own.folder)))
    config = corpus_in(tmp_path)
    first = begun(parts, config)
    with FileLock(lock_of(parts.settings.models, first)):
        record = Retraining(parts, corpus=config).run()
        assert (record.status, record.reasons) == ("skipped", ("another run is running",))
        night = Retraining(parts).run()  # It has too little to learn from, too.
    assert night.status == "skipped"
    assert parts.store.runs.latest(5) == [night, record, parts.store.runs.get(first)]
    parts.close()


def test_a_run_that_lives_elsewhere_is_left_alone_whatever_lock_lies_here(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    run_id = begun(parts, corpus_in(tmp_path))
    with Pulse(parts.store.runs, run_id, "before", every=0.02) as pulse:
        Retraining(parts).run()
        pulse.beat()  # It is still the run's own.
    assert parts.store.runs.get(run_id).status == "running"
    parts.close()


def test_a_run_that_lives_is_left_alone(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    run_id = begun(parts, corpus_in(tmp_path))
    with FileLock(lock_of(parts.settings.models, run_id)):
        assert Retraining(parts).left_behind() is None
    assert Retraining(parts).left_behind() is not None
    parts.close()
