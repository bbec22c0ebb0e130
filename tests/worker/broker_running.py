"""A broker of a test's own, which it can take away and bring back."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.broker import embedded_broker, free_port, wait_for_broker


class Broker:
    """The embedded Valkey on a port that stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self._child, self.url = embedded_broker(folder, free_port())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._child.command)  # noqa: S603 - our own command.
        wait_for_broker(self.url, 15)

    def send(self, signal: int) -> None:
        """To have it hang, and go on."""
        if self._process:
            self._process.send_signal(signal)

    def stop(self) -> None:
        """As a crash, without a word."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
