"""Files that a process touches while it goes on; how old one is says whether it still does.

`alive`: it does its work, so what it needs is there too. `running`: it goes on at all, whatever is away.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from worker.settings import Settings

EVERY = 5.0  # Seconds between two touches.
STALE = 60.0  # Seconds: a Telegram bot knows of its connection only once a long poll of 25 s is over.

Alive = Callable[[], None]
Sign = Literal["alive", "running"]


def alive_file(settings: Settings, process: str, sign: Sign = "alive") -> Path:
    return settings.run_folder / f"{process}.{sign}"


def alive(settings: Settings, process: str, sign: Sign = "alive") -> Alive:
    """Says that the process does its work, or that it runs, each time that it is called."""
    file = alive_file(settings, process, sign)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)  # Of a process before this one.
    return file.touch


async def stay_alive(say: Alive) -> None:
    """As long as the event loop turns."""
    while True:
        say()
        await asyncio.sleep(EVERY)


def silent_for(settings: Settings, process: str, sign: Sign = "alive") -> float | None:
    """Seconds since the process last said so; None if it has not yet."""
    try:
        return time.time() - alive_file(settings, process, sign).stat().st_mtime
    except FileNotFoundError:
        return None
