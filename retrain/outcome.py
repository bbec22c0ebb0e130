"""How a run ends, and how it says on the way where it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from retrain.gate import Verdict

LEFT = 2  # Exit code of a process that leaves its run as it is: not begun, or to be taken up.


class RunStopped(Exception):
    """Raised to end a run early; its message says why."""


class Orphaned(Exception):
    """Raised when whoever started the run is gone: the run is left for another to take up."""


class ToldToStop(BaseException):
    """Raised when the process is told to end: the run is left to be taken up again.

    It may come anywhere, and nothing on the way may take it for an error of its own.
    """


class Show(Protocol):
    def __call__(self, **now: Any) -> None:
        """Make the run's progress known. May raise to stop the run."""


Hold = Callable[[], None]  # Raises LeaseLost if the run is no longer ours.


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str  # "promoted", "rejected", "trained", "skipped" or "failed".
    reasons: tuple[str, ...]
    candidate: str | None = None
    verdict: Verdict | None = None
    share: float = 0.0  # Of the readers that a promoted one is tried on first; 0: it becomes champion.
    champion: str | None = None  # Who was deployed when it was judged: still, if it is to be promoted.
