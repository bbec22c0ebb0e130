"""Run the processes of `rhapsode up` as one tree: restart what crashes, leave nothing behind."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog

from worker.problems import NEEDS_OPERATOR

log = structlog.get_logger(__name__)

_PATIENCE = 20.0  # Seconds a child has to stop by itself.
_HEALTHY = 30.0  # Seconds after which a crash is a first one again.
_PR_SET_PDEATHSIG = 1  # prctl(2)
_STANDARD_ERROR = 2  # File descriptor.


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def back_off(crashes: int) -> float:
    """Seconds to wait before a child is started again after so many crashes in a row: 1, 2, 4 … 30."""
    return float(min(30, 2 ** max(0, crashes - 1)))


class Tree:
    """Started in order, stopped in reverse order."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self._children = children
        self._say = say
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for child in self._children:
            self._keepers.append(asyncio.create_task(self._keep(child), name=child.name))

    def pid(self, name: str) -> int | None:
        """The process id of a child that runs now."""
        process = self._processes.get(name)
        return process.pid if process is not None and process.returncode is None else None

    async def stop(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for child in reversed(self._children):
            await self._end(child.name)

    async def _keep(self, child: Child) -> None:
        crashes = 0
        while True:
            started = monotonic()
            process = await asyncio.create_subprocess_exec(
                *child.command,
                env={**os.environ, **child.environment},
                stdout=_STANDARD_ERROR,  # Ours is kept for what the command that starts them has to say.
                start_new_session=True,  # Ctrl-C reaches only us, and we stop them in order.
                preexec_fn=_die_with_parent,
            )
            self._processes[child.name] = process
            code = await process.wait()
            if code == NEEDS_OPERATOR:
                self._say(f"{child.name} cannot start and is left out; the line above says why")
                return
            crashes = 1 if monotonic() - started > _HEALTHY else crashes + 1
            pause = back_off(crashes)
            self._say(f"{child.name} stopped ({_reason(code)}); starting it again in {pause:.0f} s")
            await asyncio.sleep(pause)

    async def _end(self, name: str) -> None:
        process = self._processes.get(name)
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE)
        except TimeoutError:
            log.warning("killed: it did not stop", child=name, seconds=_PATIENCE)
            _kill_group(process.pid)
            await process.wait()


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        log.debug("already gone", pid=pid)


def _die_with_parent() -> None:
    """Linux only: a supervisor that is killed outright takes its children along."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
