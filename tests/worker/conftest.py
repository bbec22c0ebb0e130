"""A whole service as an operator starts it: `rhapsode up` in a home of its own, once per session."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import pytest

from feedback.store import Store
from generation.base_models import Base
from tests.conftest import REPOSITORY
from tests.worker.command_line import rhapsode
from worker.parts import Parts
from worker.settings import Settings

READY = 240.0  # Seconds, on a slow machine beside other tests.
# Tests beside these start services too; each takes the ports of its processes' figures from here on.
FIGURES = 9200 + 100 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def until(condition: Callable[[], bool], what: str, seconds: float = 150.0) -> None:
    """Wait for a condition; fail with its name."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)  # Between looks; the condition decides.


@dataclass
class Service:
    """A running `rhapsode up`, and ways to look at it and to hurt it."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    reading: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @cached_property
    def parts(self) -> Parts:
        """The service's parts in this process, as an adapter would build them."""
        cache, model = (self.environment[f"RHAPSODE_{name}"] for name in ("BASE_CACHE", "MODEL"))
        return Parts(Settings(home=self.home, base_cache=Path(cache), model=model))

    def said(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in tuple(self.lines))

    def rhapsode(self, *arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in this service's home, or in another one."""
        home = home or self.home
        return rhapsode(arguments, {**self.environment, "RHAPSODE_HOME": str(home)}, home)

    def chat(self, text: str, *options: str) -> dict[str, Any]:
        done = self.rhapsode("chat", "--once", text, "--json", *options)
        assert done.returncode == 0, done.stderr
        reply: dict[str, Any] = json.loads(done.stdout)
        return reply

    def child(self, name: str) -> psutil.Process:
        """The process of the tree with that word in its command line."""
        for process in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # One that just ended has no command line.
                if name in " ".join(process.cmdline()):
                    return process
        pytest.fail(f"no {name} runs")

    def writer_ready(self) -> bool:
        return bool(self.parts.publisher.writers())


def environment_for(home: Path, cache: Path, model: str = "smollm2") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RHAPSODE_")}
    ours = {
        "RHAPSODE_HOME": str(home),
        "RHAPSODE_BASE_CACHE": str(cache),
        "RHAPSODE_MODEL": model,
        "RHAPSODE_STUDIO_PORT": "0",
        "RHAPSODE_METRICS_PORT": str(FIGURES),
        "RHAPSODE_LEASE": "3",
        "RHAPSODE_MAX_BATCH": "4",  # So that few candidates are written for one text.
        "RHAPSODE_LOG_FORMAT": "json",
    }
    return kept | ours


def start(home: Path, cache: Path, model: str = "smollm2") -> Service:
    environment = environment_for(home, cache, model)
    process = subprocess.Popen(
        [sys.executable, "-m", "worker", "up"],
        env=environment, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    service = Service(home, environment, process)

    until(lambda: service.said("Rhapsode is ready") or process.poll() is not None, "ready", READY)
    assert process.poll() is None, "\n".join(service.lines)
    return service


def stop(service: Service) -> list[psutil.Process]:
    """Ctrl-C; what of the tree is left afterwards."""
    tree = psutil.Process(service.process.pid).children(recursive=True)
    service.parts.close()
    service.process.send_signal(signal.SIGINT)
    service.process.wait(60)
    service.reading.join(10)
    assert service.process.stdout is not None
    service.process.stdout.close()
    return [process for process in tree if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def store(prepared_file: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store of one test, on SQLite."""
    file = shutil.copy(prepared_file, tmp_path / "rhapsode.db")
    opened = Store(f"sqlite:///{file}", b"key")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def service(
    shallow_base: Base, base_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """It writes with a third of the default model; tests/worker/test_up.py and `make demo` have it whole."""
    running = start(tmp_path_factory.mktemp("home"), base_cache, str(shallow_base.folder))
    yield running
    stop(running)


def repository_file(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")
