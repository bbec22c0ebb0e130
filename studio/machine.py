"""What the studio shows of the machines, as a Protocol that the worker fills."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Gpu:
    name: str
    busy: float  # 0 … 1.
    used: int  # Bytes.
    memory: int


@dataclass(frozen=True, slots=True)
class Machine:
    broker: bool  # Does it answer?
    writers: tuple[str, ...] = ()  # The version that each of them writes with.
    disk_free: int = 0  # Bytes, where the home folder lies.
    disk: int = 0
    kept: int = 0  # Bytes of the database's file; 0 if it is elsewhere.
    gpus: tuple[Gpu, ...] = ()  # Of the machines that writers run on.


class Machines(Protocol):
    def look(self) -> Machine:
        """Blocking, for a second at most."""
