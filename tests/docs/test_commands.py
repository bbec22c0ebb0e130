"""Every command that the documentation quotes exists, with the options that it is quoted with."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.conftest import REPOSITORY
from tests.docs.quoted import PAGES, commands_in, quoted
from worker.cli import app

ELLIPSIS = "…"


# Typer has brought a click of its own in newer releases: commands are told apart by what they have.
def objection(words: Sequence[str]) -> str | None:
    """What is wrong with a command of ours, if anything is."""
    command: Any = get_command(app)
    positions = 0
    words = list(words)
    while words:
        word = words.pop(0)
        if word == ELLIPSIS:
            return None
        if word.startswith("-"):
            option = option_of(command, word)
            if option is None and word != "--help":
                return f"{command.name} has no {word}"
            if option is not None and not option.is_flag and "=" not in word and words:
                words.pop(0)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"{command.name} has no command {word}"
            command = command.commands[word]
        else:
            positions += 1
    takes = [one.nargs for one in command.params if one.param_type_name == "argument"]
    if positions > sum(takes) and min(takes, default=0) >= 0:
        return f"{command.name} takes fewer words"
    return None


def option_of(command: Any, word: str) -> Any:
    name = word.split("=")[0]
    offered = (one for one in command.params if one.param_type_name == "option")
    return next((one for one in offered if name in (*one.opts, *one.secondary_opts)), None)


def shown(case: tuple[Path, list[str]] | object) -> str:
    return f"{case[0].name}: {shlex.join(case[1])}" if isinstance(case, tuple) else str(case)


@pytest.mark.parametrize("case", quoted("rhapsode"), ids=shown)
def test_a_command_of_ours_exists(case: tuple[Path, list[str]]) -> None:
    assert objection(case[1]) is None


# "Make it rhyme" is said to the bot.
@pytest.mark.parametrize("case", [case for case in quoted("make") if case[1][0] != "it"], ids=shown)
def test_a_target_exists(case: tuple[Path, list[str]]) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert {word for word in case[1] if "=" not in word} <= targets


@pytest.mark.parametrize("case", quoted("python -m"), ids=shown)
def test_a_module_exists_and_knows_its_options(case: tuple[Path, list[str]]) -> None:
    module, *words = case[1]
    place = REPOSITORY / module.replace(".", "/")
    file = place / "__main__.py" if place.is_dir() else place.with_suffix(".py")
    source = file.read_text(encoding="utf-8")

    for option in (word.split("=")[0] for word in words if word.startswith("--")):
        assert f'"{option}"' in source


def test_no_backup_is_written_where_others_may_read_it() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    written = re.findall(r"^.*\bbackup - >.*$", text, re.MULTILINE)

    assert len(written) >= 4
    assert [line for line in written if not re.search(r"\(umask 077; [^;`]*\bbackup - > \S+\)", line)] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("models list --json", None),
        ("models lst", "models has no command lst"),
        ("chat --one rain", "chat has no --one"),
        ("up now", "up takes fewer words"),
        ("models …", None),
    ],
)
def test_what_does_not_exist_is_found(words: str, why: str | None) -> None:
    assert objection(words.split()) == why


def test_commands_are_read_from_blocks_and_from_running_text() -> None:
    text = """Say `rhapsode models list`, not rhapsode.
```
$ RHAPSODE_HOME=x .venv/bin/rhapsode up  # all of it
.venv/bin/rhapsode settings > docs/settings.md
```
"""
    found = list(commands_in(text, "rhapsode"))

    assert found == [["settings"], ["models", "list"]]
