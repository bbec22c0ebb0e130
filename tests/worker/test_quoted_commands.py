"""Commands of the documentation that change little and take seconds are run as they are quoted."""

import shlex

import pytest

from tests.docs.quoted import quoted
from tests.worker.conftest import Service

RUN = (
    "chat --once 'a haiku about rain'",
    "chat --once 'a slogan for tea' --variants 3",
    "doctor",
    "models list",
    "models canary",
    "models canary --stop",
    "models positions",
    "retrain",
    "settings",
)


@pytest.mark.parametrize("words", RUN)
def test_a_quoted_command_does_its_work(service: Service, words: str) -> None:
    assert words in {shlex.join(command) for _, command in quoted("rhapsode")}
    done = service.rhapsode(*shlex.split(words))

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
