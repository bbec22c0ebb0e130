"""The whole service in a folder of its own: what the demo and the benchmark of the loop run on."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from feedback.records import RunRecord
from worker.base_model import base_of
from worker.broker import embedded_broker, free_port, wait_for_broker
from worker.learning_commands import progress_line
from worker.live_version import ensure_champion
from worker.parts import Parts
from worker.problems import CannotStart
from worker.queues import TRAIN, enqueue
from worker.setting_names import variable_of
from worker.settings import Settings
from worker.supervision import Child, Tree
from worker.up import rhapsode

_READY, _SWAPPED = 120.0, 60.0  # Seconds, at most.

Say = Callable[[str], None]


def apart(settings: Settings, home: Path, changes: Mapping[str, Any]) -> Parts:
    """The same settings but for some, in a home of its own, emptied first."""
    shutil.rmtree(home, ignore_errors=True)
    alone = {
        "home": home,
        "base_cache": settings.bases.resolve(),
        "database_url": None,
        "broker_url": None,
        "daily_quota": 0,
        "consent_default": True,
    }
    return Parts(settings.model_copy(update=alone | dict(changes)))


@asynccontextmanager
async def running(parts: Parts, changes: Mapping[str, Any], say: Say) -> AsyncIterator[None]:
    """Broker, writer and trainer, until the block ends; `changes` are settings that they get too."""
    base = await asyncio.to_thread(base_of, parts)
    ensure_champion(parts.store, base)
    broker, url = embedded_broker(parts.settings.home / "broker", free_port())
    parts.write_down_broker(url)
    environment = _environment(parts, url, changes)
    children = [Child(name, rhapsode(name), environment) for name in ("writer", "trainer")]
    broker_tree, tree = Tree([broker], say), Tree(children, say)
    try:
        broker_tree.start()
        await asyncio.to_thread(wait_for_broker, url, 15.0)
        tree.start()
        await _until(lambda: bool(parts.publisher.writers()), _READY, "the writer is not ready")
        yield
    finally:
        await tree.stop()
        await broker_tree.stop()
        parts.close()


def _environment(parts: Parts, broker_url: str, changes: Mapping[str, Any]) -> dict[str, str]:
    ours = {
        "home": parts.settings.home,
        "base_cache": parts.settings.bases,
        "database_url": parts.database_url,
        "broker_url": broker_url,
        "consent_default": True,
        "log_level": "warning",
        "metrics_port": 0,  # Another service of this machine may have it, and nobody would look.
    }
    return {variable_of(name): str(value) for name, value in (ours | dict(changes)).items()}


async def learned(
    parts: Parts, patience: float, say: Say, told: Callable[[RunRecord], None] = lambda _: None
) -> RunRecord:
    """Have the trainer learn, and the writer swap if it may. `told` hears of the run twice a second.

    Raises CannotStart if there is no verdict after `patience` seconds.
    """
    before, seen = parts.store.versions.champion(), ""
    last = next((run.id for run in parts.store.runs.latest(1)), 0)
    enqueue("retrain", queue=TRAIN)
    deadline = time.monotonic() + patience
    while True:
        run = next(iter(await asyncio.to_thread(parts.store.runs.latest, 1)), None)
        if run is not None and run.id != last:
            if (line := progress_line(run)) != seen:
                seen = line
                say(f"  {line}")
            told(run)
            if run.finished_at is not None:
                break
        if time.monotonic() > deadline:
            raise CannotStart(f"the circle is broken: no verdict after {patience:.0f} s")
        await asyncio.sleep(0.5)
    for reason in run.reasons:
        say(f"    {reason}")
    if run.status == "promoted":
        await _until(lambda: before not in parts.publisher.writers(), _SWAPPED, "the writer did not swap")
    return run


async def deploy(parts: Parts, version: str, reason: str) -> None:
    """Put a version in charge, refused or not. Raises UnknownRow, CannotStart if the writer does not swap."""
    await asyncio.to_thread(parts.store.versions.promote, version, reason, force=True)
    await _until(lambda: version in parts.publisher.writers(), _SWAPPED, "the writer did not swap")


async def _until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        if time.monotonic() > deadline:
            raise CannotStart(f"the circle is broken: {otherwise} after {seconds:.0f} s")
        await asyncio.sleep(0.2)
