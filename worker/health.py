"""`rhapsode health`: does a process of this home do its work now? What a container's health check asks.

With `--running`: does it go on at all, whatever it needs is away? Only who does not is worth starting again.
`python -m worker.health writer` is the same without importing all the other commands: 0.3 s instead of 1.5 s.
"""

import json
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from enum import StrEnum
from http.client import HTTPException
from typing import Any

from worker.alive import STALE, silent_for
from worker.settings import BadSettings, Settings, load_settings


class Process(StrEnum):
    SLACK = "slack"
    TELEGRAM = "telegram"
    WRITER = "writer"
    TRAINER = "trainer"
    CLOCK = "clock"
    STUDIO = "studio"


_NEEDED = ("database", "broker")  # Of what the studio looks at; a writer has its own check.
_PATIENCE = 15.0  # Seconds: the studio itself gives its services 10.
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # No proxy leads to this machine.


class NotHealthy(Exception):
    """Raised with what is wrong with a process."""


def look_at(settings: Settings, process: Process, *, running: bool = False) -> str:
    """What the process does, in a few words; `running`: that it goes on is enough. Raises NotHealthy."""
    if process is Process.STUDIO:
        return _studio(settings, running)
    return judged(process, silent_for(settings, process, "running" if running else "alive"))


def judged(process: str, silent: float | None) -> str:
    """Raises NotHealthy."""
    if silent is None:
        raise NotHealthy(f"{process} has not begun its work")
    if silent > STALE:
        raise NotHealthy(f"{process} has done nothing for {silent:.0f} s")
    return f"{process} did its work {max(0.0, silent):.0f} s ago"


def _studio(settings: Settings, running: bool) -> str:
    host = "127.0.0.1" if settings.studio_host in {"0.0.0.0", "::"} else settings.studio_host  # noqa: S104
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.studio_port}/healthz"
    services = _asked(address)
    silent = [name for name in _NEEDED if services.get(name) != "ok"]
    if silent and not running:
        raise NotHealthy(f"studio: {', '.join(silent)} does not answer")
    return f"studio answers at {address}"


def _asked(address: str) -> dict[str, Any]:
    """What the studio says of its services. Raises NotHealthy."""
    try:
        with _answer(address) as response:
            return dict(json.load(response)["services"])
    except (OSError, HTTPException) as error:
        raise NotHealthy(f"studio does not answer at {address}: {error}") from None
    except (ValueError, TypeError, LookupError):
        raise NotHealthy(f"what answers at {address} is not the studio") from None


def _answer(address: str) -> Any:
    try:
        return _DIRECTLY.open(address, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        return error  # It answers, and says what does not.


def main() -> None:
    parser = ArgumentParser(prog="python -m worker.health")
    parser.add_argument("process", type=Process)
    parser.add_argument("--running", action="store_true")
    asked = parser.parse_args()
    try:
        sys.stdout.write(f"{look_at(load_settings(), asked.process, running=asked.running)}\n")
    except (NotHealthy, BadSettings) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
