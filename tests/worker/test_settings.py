"""A wrong setting is one line that names it, its value and what is allowed, and never a secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.password import matches
from tests.conftest import REPOSITORY
from tests.worker.conftest import repository_file
from worker.settings import BadSettings, load_settings
from worker.settings_page import page


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "shown", "allowed"),
    [
        ("STUDIO_PORT", "eighty", "'eighty'", "integer"),
        ("STUDIO_PORT", "70000", "'70000'", "65535"),
        ("RETRAIN_CRON", "nightly", "'nightly'", "five fields"),
        ("DEVICE", "tpu", "'tpu'", "auto, cpu, cuda"),
        ("DTYPE", "int4", "'int4'", "bfloat16"),
        ("TELEGRAM_API_URL", "localhost", "'localhost'", "http://"),
        ("DATABASE_URL", "mysql://u:hush@h/d", "(a secret)", "postgresql://"),
        ("OTLP_ENDPOINT", "collector:4318", "'collector:4318'", "http://"),
        ("OPERATORS", "U1 U2", "'U1 U2'", "parted by commas"),
        ("ALLOW_PEOPLE", "discord:1", "'discord:1'", "slack, telegram"),
        ("STUDIO_PASSWORD", "hush", "(a secret)", "rhapsode studio password"),
        ("STUDIO_NAMES", "https://a.example.org", "'https://a.example.org'", "without scheme"),
        ("STUDIO_PROXIES", "proxy", "'proxy'", "network"),
        ("STUDIO_PROXIES", "10.0.0.1, 0.0.0.0/0", "'10.0.0.1, 0.0.0.0/0'", "every address"),
        ("BROKER_URL", "amqp://u:hush@h", "(a secret)", "redis://"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str, allowed: str
) -> None:
    monkeypatch.setenv(f"RHAPSODE_{name}", value)
    with pytest.raises(BadSettings) as wrong:
        load_settings()
    line = str(wrong.value)
    assert line.startswith(f"RHAPSODE_{name} is {shown}: ")
    assert allowed in line
    assert "hush" not in line
    assert "\n" not in line


def test_a_name_that_is_no_setting_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHAPSODE_STUDO_PORT", "8080")
    with pytest.raises(BadSettings, match="did you mean RHAPSODE_STUDIO_PORT"):
        load_settings()


def test_the_env_file_is_read_and_checked_for_names(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RHAPSODE_STUDIO_PORT=9000\nPOSTGRES_PASSWORD=else\n")
    assert load_settings().studio_port == 9000
    (tmp_path / ".env").write_text("RHAPSODE_STUDIO_PROT=9000\n")
    with pytest.raises(BadSettings, match="is not a setting"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("SLACK_BOT_TOKEN", "slack_bot_token"),
        ("SLACK_APP_TOKEN", "slack_app_token"),
        ("SLACK_SIGNING_SECRET", "slack_signing_secret"),
        ("TELEGRAM_BOT_TOKEN", "telegram_token"),
        ("RHAPSODE_TELEGRAM_TOKEN", "telegram_token"),
        ("HF_TOKEN", "hf_token"),
    ],
)
def test_secrets_are_read_under_the_customary_names_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, field: str
) -> None:
    monkeypatch.setenv(name, "hush")
    settings = load_settings()
    assert getattr(settings, field).get_secret_value() == "hush"
    assert "hush" not in repr(settings)


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Two folders of secrets; the first counts more."""
    found = [tmp_path / "by hand", tmp_path / "made"]
    for folder in found:
        folder.mkdir()
    monkeypatch.setenv("RHAPSODE_SECRETS_DIR", ":".join(map(str, found)))
    return found


def test_secrets_are_read_from_files_and_the_environment_counts_more(
    monkeypatch: pytest.MonkeyPatch, folders: list[Path]
) -> None:
    (folders[0] / "rhapsode_slack_bot_token").write_text("from a file\n")
    (folders[1] / "rhapsode_slack_bot_token").write_text("from the other folder")
    (folders[1] / "RHAPSODE_DATABASE_URL").write_text("postgresql://u:hush@h/d")
    (folders[1] / "rhapsode_reader_secret").write_text("from a file")
    (folders[1] / "broker.conf").write_text("is no setting of ours")
    monkeypatch.setenv("RHAPSODE_READER_SECRET", "from the environment")
    settings = load_settings()
    found = (settings.slack_bot_token, settings.database_url, settings.reader_secret)
    assert [secret and secret.get_secret_value() for secret in found] == [
        "from a file",
        "postgresql://u:hush@h/d",
        "from the environment",
    ]
    assert "hush" not in repr(settings)


def test_a_file_for_no_setting_and_a_folder_that_is_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, folders: list[Path]
) -> None:
    (folders[0] / "rhapsode_slack_tokn").touch()
    with pytest.raises(BadSettings, match="RHAPSODE_SLACK_TOKN is not a setting"):
        load_settings()
    monkeypatch.setenv("RHAPSODE_SECRETS_DIR", "/nowhere")
    with pytest.raises(BadSettings, match="/nowhere, which is no folder"):
        load_settings()


def test_a_wrong_value_in_a_file_is_named_and_not_shown(folders: list[Path]) -> None:
    (folders[0] / "rhapsode_broker_url").write_text("amqp://u:hush@h")
    with pytest.raises(BadSettings, match=r"RHAPSODE_BROKER_URL is \(a secret\)"):
        load_settings()


def test_the_page_of_settings_is_up_to_date() -> None:
    assert repository_file("docs/settings.md") == page()


@pytest.mark.parametrize("text", ["heart", "heart=2", "heart=much", "heart=nan", "=1", "heart=0"])
def test_reactions_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(BadSettings, match="RHAPSODE_REACTIONS"):
        load_settings(reactions=text)


def test_traces_may_be_sent_where_opentelemetry_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")

    assert load_settings().otlp_endpoint == "http://collector:4318"


def test_a_password_is_settled_as_what_the_command_prints(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker", "studio", "password"],
        input="correct horse battery\n",
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    (tmp_path / ".env").write_text(
        f"RHAPSODE_STUDIO_PASSWORD={done.stdout}RHAPSODE_STUDIO_NAMES=A.example.org, b\n"
        "RHAPSODE_STUDIO_PROXIES=127.0.0.1, 172.18.0.0/16\n"
    )

    access = load_settings().studio_access

    assert matches("correct horse battery", access.operator)
    assert access.names == {"a.example.org", "b"}
    assert access.proxies == ("127.0.0.1/32", "172.18.0.0/16")
    assert "scrypt" not in repr(load_settings())
