"""A program that is missing fails the tests that need it, unless one asks to skip them."""

from pathlib import Path

import pytest

from tests.installed import installed

MISSING = ("no-such-program-1", "no-such-program-2")


def test_the_first_program_that_is_there_is_taken(
    pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / MISSING[1]
    there.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert installed(pytestconfig, MISSING, "make it") == str(there)


def test_what_is_missing_fails_with_the_command_that_installs_it(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytestconfig.option, "skip_missing", False)

    with pytest.raises(pytest.fail.Exception, match=r"no-such-program-1 is not installed\. .* with: make it"):
        installed(pytestconfig, MISSING, "make it")


def test_it_is_skipped_only_where_that_is_asked_for(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytestconfig.option, "skip_missing", True)

    with pytest.raises(pytest.skip.Exception):
        installed(pytestconfig, MISSING, "make it")
