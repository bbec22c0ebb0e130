"""`rhapsode backup` beside a running service, and `rhapsode restore` where none runs."""

import json
import os
from pathlib import Path

from tests.worker.conftest import Service


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


def test_nothing_is_put_back_under_a_running_service(service: Service, tmp_path: Path) -> None:
    refused = service.rhapsode("restore", str(tmp_path / "kept.tar"), "--replace")
    assert refused.returncode == os.EX_CONFIG
    assert "stop" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
