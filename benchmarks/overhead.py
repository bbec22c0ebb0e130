"""What the service adds to the engine's own time, and what its writer holds in memory at most.

The real `rhapsode up` in a folder of its own; prompts go in through the Inbox and live texts come out of the
ReplyFeed, as a chat adapter sees them. Memory is looked at after more long texts at once than the cache has
room for.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, sleep

import psutil

from bots.messages import Incoming, Place, Reader, Reply, Snapshot
from generation.base_models import prepare_base
from worker.parts import Parts
from worker.settings import load_settings

_PROMPTS = 110
_READER = Reader("terminal", "", "benchmark")
_CROWD = 40
_LONG = ("story", "scene", "sonnet", "dialogue", "haiku")  # Most of their texts take 768 columns of cache.


@contextmanager
def service(home: Path, base_cache: Path) -> Iterator[subprocess.Popen[str]]:
    """The whole tree, until its studio and its writer are there."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RHAPSODE_")} | {
        "RHAPSODE_HOME": str(home),
        "RHAPSODE_BASE_CACHE": str(base_cache.resolve()),
        "RHAPSODE_STUDIO_PORT": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "worker", "up"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        while "Rhapsode is ready" not in (line := process.stdout.readline()):
            if not line:
                raise RuntimeError("rhapsode up did not start")
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


async def overhead_of(parts: Parts, number: int) -> float:
    """Milliseconds from the Inbox's yes to the first live text, less the engine's time to its first token."""
    incoming = Incoming(f"benchmark:{number}", Place("terminal", "", "benchmark"), _READER, "rain", "slogan")
    accepted = await asyncio.to_thread(parts.inbox.ask, incoming)
    asked, first = monotonic(), 0.0
    async for event in parts.feed.follow(accepted.prompt_id):
        if isinstance(event, Snapshot) and not first:
            first = monotonic()
        elif isinstance(event, Reply):
            return 1000 * ((first or monotonic()) - asked) - event.ttft_ms
    raise RuntimeError(f"prompt {accepted.prompt_id} has no answer")


async def crowd(parts: Parts) -> None:
    """So many readers at once that the writer's places and its cache are full."""

    async def answered(number: int) -> None:
        place, reader = Place("terminal", "", f"crowd {number}"), Reader("terminal", "", f"crowd {number}")
        wish = Incoming(f"crowd:{number}", place, reader, f"lamp number {number}", _LONG[number % len(_LONG)])
        accepted = await asyncio.to_thread(parts.inbox.ask, wish)
        async for _ in parts.feed.follow(accepted.prompt_id):
            pass

    await asyncio.gather(*map(answered, range(_CROWD)))


def peak_of(process: psutil.Process) -> int:
    """Bytes that it has had in memory at most (Linux)."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM:"))


def writer_of(process: subprocess.Popen[str]) -> psutil.Process:
    children = psutil.Process(process.pid).children()
    return next(child for child in children if "writer" in child.cmdline())


def overhead(base_cache: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, service(Path(folder), base_cache) as process:
        parts = Parts(load_settings(home=Path(folder)))
        while not parts.publisher.writers():
            sleep(0.1)
        added = [asyncio.run(overhead_of(parts, number)) for number in range(_PROMPTS)][10:]
        asyncio.run(crowd(parts))
        peak = peak_of(writer_of(process))
        parts.close()
    weights = sum(
        file.stat().st_size for file in prepare_base("smollm2", base_cache).folder.glob("*.safetensors")
    )
    return {
        "overhead_p50_ms": median(added),
        "overhead_p99_ms": quantiles(added, n=100, method="inclusive")[98],
        "rss_over_weights_mb": (peak - weights) / (1 << 20),
    }
