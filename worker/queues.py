"""The Celery app: two queues, JSON only, at-least-once for writing."""

import warnings
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog
from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_ready
from kombu.exceptions import OperationalError

from worker.alive import EVERY, Alive

WRITE, TRAIN = "write", "train"
PATIENCE = 3.0  # Seconds for an answer of the broker: a reader waits behind it.
WORKERS_PATIENCE = 30.0  # The same where jobs are waited for.
_REST = 5.0  # Seconds for which a broker that failed is not asked again: else all threads wait for it.

log = structlog.get_logger(__name__)
app = Celery("rhapsode", set_as_current=False)


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery configures logging only if nobody listens to this signal."""


def connect(broker_url: str, patience: float = PATIENCE) -> Celery:
    """Point the app at a broker."""
    app.conf.update(
        broker_url=broker_url,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            # Redis hands a message to a second worker once this passes, so it must exceed any text;
            # a claimed prompt is not claimed twice all the same.
            "visibility_timeout": timedelta(hours=1).total_seconds(),
            "socket_connect_timeout": 2,
            "socket_timeout": patience,
            "socket_keepalive": True,
            # A reader waits for the answer: the broker is away after two tries, not after many.
            "max_retries": 1,
            "interval_start": 0.1,
        },
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue=WRITE,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        timezone="UTC",
    )
    return app


class Enqueuer:
    """Queues tasks at once, or says that the broker is away."""

    def __init__(self) -> None:
        self._away_until = 0.0

    def __call__(self, task: str, *arguments: Any, queue: str) -> bool:
        if monotonic() < self._away_until:
            return False
        try:
            app.send_task(task, args=arguments, queue=queue, retry=False)
        except OperationalError as error:
            self._away_until = monotonic() + _REST
            log.warning("the broker is away", task=task, error=str(error))
            return False
        return True


enqueue = Enqueuer()


def work(queue: str, at_once: int, alive: Alive = lambda: None, *, events: bool = False) -> None:
    """Run the tasks of one queue in threads, until SIGTERM or SIGINT; those under way are finished first.

    `alive` is called now and then while jobs are waited for. `events`: tell the broker what becomes of each.
    """
    _say_while_connected(alive)
    # Celery warns of root because pickled messages could run code; ours are JSON only.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    app.Worker(
        queues=[queue],
        pool="threads",
        concurrency=at_once,
        task_events=events,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    ).start()


def _say_while_connected(alive: Alive) -> None:
    consumers: list[Any] = []

    def say() -> None:
        if consumers[-1].connection is not None:  # None while the broker is away.
            alive()

    def begin(sender: Any, **_: Any) -> None:
        first = not consumers
        consumers.append(sender)
        if first:  # Timers outlive a connection, and `begin` comes again with each.
            sender.timer.call_repeatedly(EVERY, say)

    worker_ready.connect(begin, weak=False)
