"""A process shows that it is there: in the broker for all who look, and to its own health check."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from worker.alive import Alive
from worker.parts import NothingRuns, Parts
from worker.signals import PRESENCE, Publisher

_PATIENCE = 2.0  # Seconds for a broker that is away: nothing waits for its last word.


@contextmanager
def present(parts: Parts, running: Alive = lambda: None) -> Iterator[None]:
    """While the context lasts, from a thread of its own. `running` is called by it now and then."""
    try:
        publisher = Publisher(parts.broker_url)
    except NothingRuns:  # A command by hand in a home where nothing runs.
        publisher = None
    stop = threading.Event()
    showing = threading.Thread(
        target=_show, args=(parts.process, publisher, running, stop), name="here", daemon=True
    )
    showing.start()
    try:
        yield
    finally:
        stop.set()
        showing.join(_PATIENCE)


def _show(process: str, publisher: Publisher | None, running: Alive, stop: threading.Event) -> None:
    while not stop.is_set():
        running()
        if publisher is not None:
            publisher.here(process)
        stop.wait(PRESENCE / 3)
    if publisher is not None:
        publisher.gone()
        publisher.close()
