"""A health check is good while a process does its work, and says what is wrong once it does not."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.conftest import Service, environment_for, until
from worker.alive import STALE, alive_file
from worker.health import NotHealthy, Process, judged, look_at
from worker.settings import Settings


@pytest.mark.parametrize(
    ("silent", "good"), [(None, False), (0, True), (STALE - 1, True), (STALE + 1, False)]
)
def test_who_has_not_begun_or_is_silent_for_too_long_is_not_healthy(silent: float | None, good: bool) -> None:
    if good:
        assert "writer" in judged("writer", silent)
    else:
        with pytest.raises(NotHealthy, match="writer"):
            judged("writer", silent)


@pytest.mark.parametrize("process", [Process.WRITER, Process.TRAINER, Process.CLOCK])
def test_a_process_that_works_is_healthy(service: Service, process: Process) -> None:
    until(lambda: alive_file(service.parts.settings, process).exists(), f"a sign of life of the {process}")
    asked = service.rhapsode("health", process)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_the_studio_is_healthy_where_it_answers_and_nowhere_else(service: Service) -> None:
    said = next(line for line in service.lines if "Rhapsode is ready" in line)
    port = int(re.findall(r":(\d+)", said)[-1])
    assert "studio answers" in look_at(Settings(home=service.home, studio_port=port), Process.STUDIO)
    with pytest.raises(NotHealthy, match="does not answer"):
        look_at(Settings(home=service.home, studio_port=1), Process.STUDIO)


def test_a_bot_without_a_token_can_stand_by_and_is_healthy_until_it_is_stopped(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "worker", "telegram", "--idle"]
    environment = environment_for(tmp_path, tmp_path)
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as bot:  # noqa: S603 - our own command.
        file = alive_file(Settings(home=tmp_path), "telegram")
        until(file.exists, "a sign of life")
        check = [sys.executable, "-m", "worker.health", "telegram"]
        assert subprocess.run(check, env=environment, cwd=tmp_path, check=False).returncode == 0  # noqa: S603
        bot.send_signal(signal.SIGTERM)
        said, _ = bot.communicate(timeout=30)
    assert bot.returncode == os.EX_OK
    assert "not configured" in said
