"""Every line for Docker that the docs have one type is run by deploy.verify, or a table says why not."""

import inspect
import re

import pytest

from deploy.verify import __main__, by_hand, typed
from tests.docs.quoted import in_prose
from tests.docs.quoted import typed as typed_lines

COMPOSE = ("docker-compose", "-p", "verify", "-f", "a file.yml")


def test_every_line_is_run_or_named_with_why_not() -> None:
    in_blocks = {line for line in typed_lines() if re.search(r"\bdocker\b", line)}

    assert in_blocks | in_prose("docker") == typed.RUN | typed.NOT_RUN.keys()
    assert not typed.RUN & typed.NOT_RUN.keys()


def test_every_line_that_is_named_as_run_is_in_a_step() -> None:
    steps = inspect.getsource(by_hand) + inspect.getsource(__main__)
    used = {name: getattr(typed, name) for name in re.findall(r"typed\.([A-Z_]+)", steps)}
    lines = {line for value in used.values() for line in ([value] if isinstance(value, str) else value)}

    assert lines == typed.RUN


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("docker compose ps", "docker-compose -p verify -f 'a file.yml' ps"),
        (
            "docker compose exec clock rhapsode doctor",
            "docker-compose -p verify -f 'a file.yml' exec -T clock rhapsode doctor",
        ),
        (
            "docker compose run --rm -T clock restore - < rhapsode.tar",
            "docker-compose -p verify -f 'a file.yml' run --rm -T clock restore - < rhapsode.tar",
        ),
        (
            "(umask 077; docker compose exec -T clock rhapsode backup - > rhapsode.tar)",
            "(umask 077; docker-compose -p verify -f 'a file.yml' exec -T clock rhapsode backup - > "
            "rhapsode.tar)",
        ),
        ("docker system df -v", "/opt/docker system df -v"),
    ],
)
def test_a_line_is_run_on_the_project_that_is_verified(line: str, expected: str) -> None:
    assert typed.as_run(line, "/opt/docker", COMPOSE) == expected
