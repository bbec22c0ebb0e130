"""Which threads of a process compute on how many cores.

GNU's OpenMP keeps a team for every thread that computes on several cores. Once all teams of a process
together have more threads than the machine has cores, they no longer wait actively between two products, and
a step of a small model takes twice as long. So only one thread at a time may have a team.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")

CORES = torch.get_num_threads()  # What torch would take, read before anything here changes it.


def compute_on(count: int) -> None:
    """From now on the calling thread computes on so many cores.

    A thread that computes for the first time takes what any thread has set last, over what it has set itself:
    so it looks first.
    """
    torch.get_num_threads()
    torch.set_num_threads(count)


def on_cores(count: int, work: Callable[[], T]) -> T:
    """Run `work` on a thread of its own, on so many cores (0: all), and wait for it. Its team ends with it.

    The calling thread computes on one core from then on. If it is interrupted, it does not wait.
    """
    torch.set_num_threads(1)
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        compute_on(count or CORES)
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for.
            errors.append(error)

    thread = threading.Thread(target=run, name="computing", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
