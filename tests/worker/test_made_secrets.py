"""The passwords of a deployment are made once, and what services are configured with follows from them."""

from pathlib import Path

import pytest

from studio.password import matches
from worker.made_secrets import make_secrets
from worker.settings import load_settings

PLACES = ("postgres:5432", "valkey:6379")


def test_passwords_are_made_once_and_everything_else_follows_from_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(make_secrets(tmp_path, *PLACES)) == 4
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert make_secrets(tmp_path, *PLACES) == []
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == before
    assert len(set(before.values())) == len(before)
    (tmp_path / "postgres_password").unlink()
    (tmp_path / "postgres_password").write_text("another")
    make_secrets(tmp_path, *PLACES)
    monkeypatch.setenv("RHAPSODE_SECRETS_DIR", str(tmp_path))
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://rhapsode:another@postgres:5432/rhapsode"
    assert settings.broker_url is not None
    assert before["broker_password"] in settings.broker_url.get_secret_value()
    assert matches(before["studio_password"], settings.studio_access.operator)
    assert (tmp_path / "valkey.conf").read_text() == f"requirepass {before['broker_password']}\n"
