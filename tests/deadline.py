"""How long a test waits for what has to happen."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

DEADLINE = 60.0  # Seconds. Only a test that fails waits so long: the machine may be busy with others.


async def until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Wait for a condition while other tasks go on; fail with its name."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds:.0f} s")
        await asyncio.sleep(0.02)  # Between looks; the condition decides.
