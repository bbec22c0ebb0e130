"""Ends a writer whose engine is stuck: it would hold its prompts for ever, since it renews their leases."""

import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

import structlog

log = structlog.get_logger(__name__)

# Seconds of one step. A large model that reads long prompts on few cores may honestly take minutes.
LIMIT = 600.0
_LOOK = 5.0


def leave_when_stuck(
    step_takes: Callable[[], float], stop: threading.Event, limit: float = LIMIT, look: float = _LOOK
) -> None:
    """Watch until `stop`; `step_takes` says for how many seconds the step under way has lasted."""
    while not stop.wait(look):
        seconds = step_takes()
        if seconds > limit:
            log.critical("the engine is stuck; leaving to be started again", seconds=round(seconds))
            _leave()


def _leave() -> NoReturn:
    sys.stderr.flush()
    os._exit(os.EX_SOFTWARE)  # Not by a signal: that would wait for the texts that do not come.
