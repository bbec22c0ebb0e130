"""What docs/operations.md tells to type exists: services, settings, variables and commands of ours."""

import re
from typing import Any

from typer.main import get_command

from tests.conftest import REPOSITORY
from tests.deploy.test_compose import SERVICES, SETTINGS
from worker.cli import app

PAGE = (REPOSITORY / "docs/operations.md").read_text()
COMMANDS = [*re.findall(r"```\n(.*?)```", PAGE, re.DOTALL), *re.findall(r"`([^`\n]+)`", PAGE)]


def words_after(program: str) -> list[list[str]]:
    """The words of each call of it, without options and what a shell would do with the rest."""
    calls = re.findall(rf"(?<![\w/.-]){program} ([a-z][^\n<>|;&`]*)", "\n".join(COMMANDS))
    return [[word for word in call.split() if not word.startswith("-")] for call in calls]


def test_every_setting_on_the_page_exists() -> None:
    named = set(re.findall(r"RHAPSODE_[A-Z_]+[A-Z]", PAGE))
    assert named <= SETTINGS
    assert len(named) > 10


def test_every_service_on_the_page_exists() -> None:
    named = set()
    for verb, *words in words_after("docker compose"):
        if verb in {"exec", "run"}:
            # The value of --entrypoint comes before the service.
            named.add(next((word for word in words[:2] if word in SERVICES), words[0]))
        elif verb in {"logs", "restart", "ps"}:
            named |= set(words)
    assert {"clock", "secrets", "valkey", "postgres"} <= named <= SERVICES.keys()


def test_every_command_of_ours_on_the_page_exists() -> None:
    calls = words_after("rhapsode")
    calls += [words[2:] for words in words_after("docker compose") if words[:2] == ["run", "clock"]]
    assert ["models", "rollback"] in calls
    for call in calls:
        command: Any = get_command(app)
        for word in call:
            if hasattr(command, "commands"):
                assert word in command.commands, call
                command = command.commands[word]
