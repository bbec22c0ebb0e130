"""Look at the machines for the studio: writers, disk, GPUs."""

import csv
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from sqlalchemy import make_url

from studio.machine import Gpu, Machine, Machines
from worker.parts import Parts

_ASK_GPUS = ("--query-gpu=name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits")
_PATIENCE = 1.0  # Seconds.
_MIB = 1 << 20


class LookedAtMachines:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self) -> Machine:
        publisher, home = self._parts.publisher, self._parts.settings.home
        disk = shutil.disk_usage(home)
        return Machine(
            broker=publisher.answers(),
            writers=tuple(publisher.writers()),
            disk_free=disk.free,
            disk=disk.total,
            kept=self._kept(),
            gpus=self._gpus(),
        )

    def _kept(self) -> int:
        url = make_url(self._parts.database_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            return 0
        files = (f"{url.database}{ending}" for ending in ("", "-wal"))
        return sum(_size(file) for file in files)

    @cached_property
    def _nvidia_smi(self) -> str | None:
        return shutil.which("nvidia-smi")

    def _gpus(self) -> tuple[Gpu, ...]:
        """By NVIDIA's own tool: asking through torch would take memory of the GPU for the studio."""
        if self._nvidia_smi is None:
            return ()
        try:
            told = subprocess.run(  # noqa: S603 - found on the path.
                [self._nvidia_smi, *_ASK_GPUS], capture_output=True, text=True, timeout=_PATIENCE, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return ()
        return tuple(read_gpus(told.stdout.splitlines()))


def read_gpus(lines: Iterable[str]) -> Iterator[Gpu]:
    """From "NVIDIA H100, 37, 1024, 81559"; what a GPU does not tell is 0."""
    for row in csv.reader(lines, skipinitialspace=True):
        if len(row) == 4:
            name, busy, used, memory = row
            yield Gpu(name, _number(busy) / 100, int(_number(used) * _MIB), int(_number(memory) * _MIB))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # "[N/A]".
        return 0.0


def _size(file: str) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0


def _conforms(machines: LookedAtMachines) -> Machines:
    """Lets the type checker hold LookedAtMachines against the Protocol."""
    return machines
