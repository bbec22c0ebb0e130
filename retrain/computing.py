"""Keep a run inside its place: cores, the GPU's memory, hours of the day."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from retrain.place import Place

T = TypeVar("T")

_LOOK = 2.0  # Seconds between looks at the clock.


def in_place(place: Place, work: Callable[[], T]) -> T:
    """Do the work on the place's cores and within its memory."""
    from generation.cores import on_cores

    keep_within_memory(place)
    return on_cores(place.threads, work)


def keep_within_memory(place: Place) -> None:
    """Whatever this process computes from now on takes no more of the GPU's memory."""
    import torch

    if place.gpu_mb and place.device.startswith("cuda"):
        device = torch.device(place.device)
        total = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, (place.gpu_mb << 20) / total), device)


def waiting_for(place: Place, waits: Callable[[], None]) -> Callable[[], None]:
    """Returns once it may be computed. `waits` is called meanwhile, and may raise to stop."""

    def ready() -> None:
        while not place.may_compute(datetime.now(UTC)):
            waits()
            time.sleep(_LOOK)

    return ready
