"""`rhapsode backup` beside a running service, and `rhapsode restore` where none runs."""

import json
import os
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run

from tests.worker.broker_running import running_broker
from tests.worker.command_line import rhapsode
from tests.worker.conftest import Service, environment_for, until
from worker.signals import Publisher


def test_a_running_service_is_backed_up_and_comes_back_in_a_new_home(
    service: Service, tmp_path: Path
) -> None:
    service.chat("a haiku about a backup")
    kept = service.rhapsode("backup", str(tmp_path / "kept.tar"), "--json")
    assert kept.returncode == 0, kept.stderr
    assert (tmp_path / "kept.tar").stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new"
    new.mkdir()
    back = service.rhapsode("restore", str(tmp_path / "kept.tar"), "--json", home=new)
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout) == json.loads(kept.stdout)
    assert (new / "reader.key").read_bytes() == (service.home / "reader.key").read_bytes()
    here, there = (service.rhapsode("models", "list", home=home).stdout for home in (service.home, new))
    assert there == here
    again = service.rhapsode("restore", str(tmp_path / "kept.tar"), home=new)
    assert again.returncode == os.EX_CONFIG
    assert "--replace" in again.stderr


def test_a_key_of_the_environment_is_said_to_be_missing_and_needed(tmp_path: Path) -> None:
    environment = environment_for(tmp_path / "home", tmp_path)
    keyed = environment | {"RHAPSODE_READER_SECRET": "of the environment"}
    kept = rhapsode(["backup", "x.tar"], keyed, tmp_path)
    assert (kept.returncode, kept.stderr.count("RHAPSODE_READER_SECRET is not in it")) == (0, 1)
    new = {"RHAPSODE_HOME": str(tmp_path / "new")}
    refused = rhapsode(["restore", "x.tar"], environment | new, tmp_path)
    assert refused.returncode == os.EX_CONFIG
    assert "RHAPSODE_READER_SECRET must be" in refused.stderr
    assert rhapsode(["restore", "x.tar"], keyed | new, tmp_path).returncode == 0


def test_a_backup_that_cannot_be_written_says_why_in_one_line(tmp_path: Path) -> None:
    environment = environment_for(tmp_path / "home", tmp_path)
    nowhere = rhapsode(["backup", "nowhere/x.tar"], environment, tmp_path)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "worker", "backup", "-"]
        filled = run(command, env=environment, stdout=full, stderr=PIPE, text=True, check=False)  # noqa: S603

    for done, why in ((nowhere, "No such file or directory"), (filled, "No space left on device")):
        assert done.returncode == os.EX_CONFIG
        assert why in done.stderr
        assert (done.stderr.startswith("rhapsode: "), done.stderr.count("\n")) == (True, 1)


def test_nothing_is_put_back_while_any_process_on_the_same_broker_runs(tmp_path: Path) -> None:
    """As under Compose, where each process has a home of its own but for what is kept."""
    with running_broker(tmp_path / "broker") as broker:
        (tmp_path / "there").mkdir()
        environment = environment_for(tmp_path, tmp_path) | {"RHAPSODE_BROKER_URL": broker.url}
        with Popen([sys.executable, "-m", "worker", "clock"], env=environment, stderr=DEVNULL) as clock:
            seen = Publisher(broker.url)
            until(lambda: seen.processes() == ["clock"], "the clock is seen")
            refused = rhapsode(["restore", "x.tar"], environment | {"RHAPSODE_HOME": "there"}, tmp_path)
            assert refused.returncode == os.EX_CONFIG
            assert "there are still: clock; stop" in refused.stderr
            clock.terminate()
        until(lambda: seen.processes() == [], "the clock has taken its leave")
        seen.close()
    refused = rhapsode(["restore", "x.tar"], environment, tmp_path)
    assert "the broker does not answer" in refused.stderr


def test_nothing_is_put_back_under_a_running_service(service: Service, tmp_path: Path) -> None:
    refused = service.rhapsode("restore", str(tmp_path / "kept.tar"), "--replace")
    assert refused.returncode == os.EX_CONFIG
    assert "stop" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
