"""The passwords of a deployment are made once, and what services are configured with follows from them."""

from pathlib import Path
from subprocess import Popen

import pytest
import redis
from sqlalchemy import make_url

from studio.password import matches
from worker.broker import embedded_broker, free_port, wait_for_broker
from worker.made_secrets import HANDED_OUT, hand_out, make_secrets
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
    assert (tmp_path / "valkey.conf").read_text() == f'requirepass "{before["broker_password"]}"\n'


@pytest.mark.parametrize("password", ["p@ss/w:rd", "100%41", "a b#c", 'quo"te\\', "пароль"])
def test_any_password_that_somebody_has_chosen_is_what_services_get(password: str, tmp_path: Path) -> None:
    for name in ("postgres_password", "broker_password"):
        (tmp_path / name).write_text(f"{password}\n", encoding="utf-8")
    make_secrets(tmp_path, *PLACES)
    database = make_url((tmp_path / "rhapsode_database_url").read_text())
    assert (database.password, database.host, database.database) == (password, "postgres", "rhapsode")
    client = redis.Redis.from_url((tmp_path / "rhapsode_broker_url").read_text())
    assert client.get_connection_kwargs()["password"] == password
    assert client.get_connection_kwargs()["host"] == "valkey"


def test_a_broker_takes_its_password_from_the_file_that_is_made(tmp_path: Path) -> None:
    (tmp_path / "broker_password").write_text('a "b" \\ #c/@', encoding="utf-8")
    port = free_port()
    make_secrets(tmp_path, "postgres:5432", f"127.0.0.1:{port}")
    child, _ = embedded_broker(tmp_path / "broker", port)
    with Popen([child.command[0], str(tmp_path / "valkey.conf"), *child.command[1:]]) as broker:  # noqa: S603
        wait_for_broker((tmp_path / "rhapsode_broker_url").read_text(), 15)
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        broker.terminate()


def test_each_service_is_handed_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    make_secrets(tmp_path / "made", *PLACES)
    hand_out(tmp_path / "made", tmp_path / "for")
    got = {
        who.name: tuple(sorted(file.name for file in who.iterdir())) for who in (tmp_path / "for").iterdir()
    }
    assert got == {who: tuple(sorted(names)) for who, names in HANDED_OUT.items()}
    for file in (file for file in (tmp_path / "for").rglob("*") if file.is_file()):
        assert file.read_text() == (tmp_path / "made" / file.name).read_text()
