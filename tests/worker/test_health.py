"""A health check is good while a process does its work, and says what is wrong once it does not."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.deadline import DEADLINE
from tests.worker.conftest import Service, environment_for, until
from worker.alive import STALE, alive_file, silent_for
from worker.health import NotHealthy, Process, judged, look_at
from worker.settings import Settings
from worker.watchdog import leave_when_stuck

GONE = "redis://127.0.0.1:1/0"


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
    for options in ((), ("--running",)):
        asked = service.rhapsode("health", process, *options)
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
        check = [sys.executable, "-m", "worker.health", "telegram", "--running"]
        for options in (check, check[:-1]):
            assert subprocess.run(options, env=environment, cwd=tmp_path, check=False).returncode == 0  # noqa: S603
        bot.send_signal(signal.SIGTERM)
        said, _ = bot.communicate(timeout=DEADLINE)
    assert bot.returncode == os.EX_OK
    assert "not configured" in said


def test_who_only_misses_the_broker_is_not_healthy_and_is_not_worth_starting_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "worker", "trainer"]
    environment = environment_for(tmp_path, tmp_path) | {"RHAPSODE_BROKER_URL": GONE}
    settings = Settings(home=tmp_path)
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL) as trainer:  # noqa: S603 - our own command.
        until(lambda: silent_for(settings, "trainer", "running") is not None, "a sign that it runs")
        assert "ago" in look_at(settings, Process.TRAINER, running=True)
        with pytest.raises(NotHealthy, match="has not begun"):
            look_at(settings, Process.TRAINER)
        trainer.kill()


@contextmanager
def answering(status: int, content: bytes) -> Iterator[Settings]:
    """Settings whose studio's port somebody answers at, whatever is asked."""

    class Somebody(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: a test looks at what is answered."""

    with HTTPServer(("127.0.0.1", 0), Somebody) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Settings(studio_port=server.server_port)
        finally:
            server.shutdown()
            thread.join()


WELL = json.dumps({"services": {"database": "ok", "broker": "ok"}}).encode()
ILL = json.dumps({"services": {"database": "does not answer", "broker": "ok"}}).encode()


@pytest.mark.parametrize(
    ("status", "content", "working", "running"),
    [
        (200, WELL, "studio answers", "studio answers"),
        (503, ILL, "database does not answer", "studio answers"),
        (503, b'{"services": {}}', "database, broker does not answer", "studio answers"),
        (404, b"<h1>Not found</h1>", "not the studio", "not the studio"),
        (200, b"[]", "not the studio", "not the studio"),
        (200, b'{"status": "ok"}', "not the studio", "not the studio"),
        (502, b"\xff", "not the studio", "not the studio"),
    ],
)
def test_the_studio_is_asked_without_a_proxy_and_whatever_answers_in_its_place_is_said(
    status: int, content: bytes, working: str, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with answering(status, content) as settings:
        assert working in objection(settings, running=False)
        assert running in objection(settings, running=True)


def objection(settings: Settings, *, running: bool) -> str:
    """What is wrong, or what is right if nothing is."""
    try:
        return look_at(settings, Process.STUDIO, running=running)
    except NotHealthy as error:
        return str(error)


def test_a_writer_whose_engine_is_stuck_leaves_and_one_that_reads_for_long_stays() -> None:
    stop, looks = Event(), 0

    def reading_for_long() -> float:
        nonlocal looks
        looks += 1
        if looks == 3:
            stop.set()
        return 599.0

    leave_when_stuck(reading_for_long, stop, look=0.001)
    assert looks == 3
    stuck = (
        "import threading; from worker.watchdog import leave_when_stuck as watch;"
        "threading.Thread(target=threading.Event().wait).start();"
        "watch(lambda: 601.0, threading.Event(), look=0.001)"
    )
    done = subprocess.run([sys.executable, "-c", stuck], check=False, capture_output=True, text=True)  # noqa: S603 - our own code.
    assert done.returncode == os.EX_SOFTWARE
    assert "stuck" in done.stdout + done.stderr
