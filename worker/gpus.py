"""What NVIDIA's own tool says of the GPUs here, told to whoever looks from elsewhere."""

import csv
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from studio.machine import Gpu
from worker.signals import PRESENCE, Publisher

_ASK = ("--query-gpu=uuid,name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits")
_PATIENCE = 5.0  # Seconds: where nothing keeps the driver awake, it has to wake up first.
_MIB = 1 << 20


def tell_of_gpus(publisher: Publisher, stop: threading.Event) -> None:
    """Until `stop`; returns at once where the tool is not installed."""
    tool = shutil.which("nvidia-smi")
    while tool is not None and not stop.is_set():
        for uuid, gpu in look_at_gpus(tool):
            publisher.gpu(uuid, asdict(gpu))
        stop.wait(PRESENCE / 3)


def look_at_gpus(tool: str) -> list[tuple[str, Gpu]]:
    """By NVIDIA's tool, because asking through torch would take memory of the GPU."""
    try:
        told = subprocess.run(  # noqa: S603 - found on the path.
            [tool, *_ASK], capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return list(read_gpus(told.stdout.splitlines()))


def read_gpus(lines: Iterable[str]) -> Iterator[tuple[str, Gpu]]:
    """From "GPU-…, NVIDIA H100, 37, 1024, 81559", by NVIDIA's id; what a GPU does not tell is 0."""
    for row in csv.reader(lines, skipinitialspace=True):
        if len(row) == 5:
            uuid, name, busy, used, memory = row
            yield uuid, Gpu(name, _number(busy) / 100, int(_number(used) * _MIB), int(_number(memory) * _MIB))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # "[N/A]".
        return 0.0
