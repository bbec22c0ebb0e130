"""A file that a process touches while it does its work; how old it is says whether it still does."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from worker.settings import Settings

EVERY = 5.0  # Seconds between two touches.
STALE = 60.0  # Seconds: a Telegram bot knows of its connection only once a long poll of 25 s is over.

Alive = Callable[[], None]


def alive_file(settings: Settings, process: str) -> Path:
    return settings.run_folder / f"{process}.alive"


def alive(settings: Settings, process: str) -> Alive:
    """Says that the process does its work, each time that it is called."""
    file = alive_file(settings, process)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)  # Of a process before this one.
    return file.touch


async def stay_alive(say: Alive) -> None:
    """As long as the event loop turns."""
    while True:
        say()
        await asyncio.sleep(EVERY)


def silent_for(settings: Settings, process: str) -> float | None:
    """Seconds since the process last did its work; None if it has not yet."""
    try:
        return time.time() - alive_file(settings, process).stat().st_mtime
    except FileNotFoundError:
        return None
