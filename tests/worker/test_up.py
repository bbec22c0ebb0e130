"""`rhapsode up` starts, says where it is, stops without a trace and continues with the same data."""

import os
from pathlib import Path

import aiohttp
import pytest

from generation.base_models import Base
from tests.worker.conftest import Service, start, stop


async def test_it_says_where_the_studio_is_and_the_studio_answers(service: Service) -> None:
    address = next(line.split()[-1] for line in service.lines if "Rhapsode is ready" in line)
    async with aiohttp.ClientSession() as session, session.get(f"{address}/healthz") as response:
        assert response.status == 200


def test_a_second_start_in_the_same_home_is_refused_in_one_line(service: Service) -> None:
    second = service.rhapsode("up")
    assert second.returncode == os.EX_CONFIG
    assert "already" in second.stderr
    assert second.stderr.count("\n") == 1


def test_the_doctor_finds_a_running_service_well(service: Service) -> None:
    assert service.rhapsode("doctor").returncode == 0


def test_ctrl_c_leaves_nothing_behind_and_the_next_start_knows_what_was(
    base: Base, base_cache: Path, tmp_path: Path
) -> None:
    first = start(tmp_path, base_cache)
    asked = first.chat("a slogan for tea", "--key", "tea")
    assert stop(first) == []
    second = start(tmp_path, base_cache)
    assert second.chat("a slogan for tea", "--key", "tea") == asked
    assert stop(second) == []


@pytest.mark.parametrize("command", [["chat", "--once", "rain"], ["writer"]])
def test_without_a_running_service_one_line_says_how_to_start_it(
    service: Service, tmp_path: Path, command: list[str]
) -> None:
    done = service.rhapsode(*command, home=tmp_path)
    assert done.returncode == 1
    assert "make up" in done.stderr
