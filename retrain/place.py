"""Where and when a run computes, so that writing goes before learning."""

import re
from dataclasses import dataclass
from datetime import datetime, time

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class BadWindow(ValueError):
    """Raised when a window of hours cannot be read."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, UTC; they may pass midnight."""

    begins: time
    ends: time

    @classmethod
    def read(cls, text: str) -> "Window":
        """From "22:00-06:30". Raises BadWindow."""
        found = _WINDOW.fullmatch(text.strip())
        if found is None:
            raise BadWindow("allowed are hours such as 22:00-06:30, UTC")
        hours = [int(part) for part in found.groups()]
        return cls(time(hours[0], hours[1]), time(hours[2], hours[3]))

    def is_open(self, moment: datetime) -> bool:
        at = moment.time()
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run computes."""

    device: str = "cpu"
    threads: int = 0  # On the CPU; 0 leaves it to torch.
    gpu_mb: int = 0  # MiB of the GPU's memory, at most; 0: what is free.
    window: str | None = None  # As `Window.read` takes it; None: at any hour.
    keep_every: float = 60.0  # Seconds between checkpoints: what a kill costs at most.

    def may_compute(self, moment: datetime) -> bool:
        return self.window is None or Window.read(self.window).is_open(moment)
