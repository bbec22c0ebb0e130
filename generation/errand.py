"""Work in slices, which the engine does between two steps of the writing.

A thread of its own would compete with the writing for cores and for the interpreter's lock. Both kinds of
waiting add up over the hundreds of products of one step: a second of work then costs readers many.
"""

from collections.abc import Generator
from concurrent.futures import Future
from time import perf_counter
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Slices = Generator[None, None, T]  # Yields wherever a step may come between; a slice takes milliseconds.


class DoesSlices(Protocol):
    """Works until all slices are done; gives what they return, raises what they raise."""

    def __call__(self, work: Slices[T]) -> T: ...


def at_once(work: Slices[T]) -> T:
    """Where nobody writes meanwhile."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


class Errand:
    """One such work. The engine's thread goes on with it; whoever asked for it waits for `result`."""

    def __init__(self, work: Slices[Any]) -> None:
        self._work = work
        self.result: Future[Any] = Future()

    def go_on(self, seconds: float) -> None:
        """Do as many slices as fit into so much time, one at least."""
        until = perf_counter() + seconds
        try:
            next(self._work)
            while perf_counter() < until:
                next(self._work)
        except StopIteration as end:
            self.result.set_result(end.value)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for; the engine lives.
            self.result.set_exception(error)
