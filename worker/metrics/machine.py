"""Figures of the machine, in every process: room on the disk and on the GPU. Memory of the process itself
is `process_resident_memory_bytes`, which the client library counts."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Machine(Collector):
    def __init__(self, home: Path) -> None:
        self._home = home

    def collect(self) -> Iterable[Metric]:
        free, size = _disk()
        try:
            usage = shutil.disk_usage(self._home)
        except OSError:  # Nothing was kept yet.
            pass
        else:
            free.add_metric([], usage.free)
            size.add_metric([], usage.total)
        yield free
        yield size
        yield from _gpus()

    def describe(self) -> Iterable[Metric]:
        return [*_disk(), *_gpu_families()]


def _disk() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily("rhapsode_disk_free_bytes", "Free where data and models lie.", labels=[]),
        GaugeMetricFamily("rhapsode_disk_size_bytes", "The size of that file system.", labels=[]),
    )


def _gpu_families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
    own = "GPU memory that this process has allocated."
    return (
        GaugeMetricFamily("rhapsode_gpu_memory_allocated_bytes", own, labels=["gpu"]),
        GaugeMetricFamily("rhapsode_gpu_memory_free_bytes", "Free for all processes.", labels=["gpu"]),
        GaugeMetricFamily("rhapsode_gpu_memory_size_bytes", "In all.", labels=["gpu"]),
    )


def _gpus() -> Iterable[Metric]:
    """Nothing where torch is not loaded: to load it for a figure would cost more than the figure is worth."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return
    allocated, free, size = _gpu_families()
    for gpu in range(torch.cuda.device_count()):
        allocated.add_metric([str(gpu)], torch.cuda.memory_allocated(gpu))
        left, total = torch.cuda.mem_get_info(gpu)
        free.add_metric([str(gpu)], left)
        size.add_metric([str(gpu)], total)
    yield from (allocated, free, size)
