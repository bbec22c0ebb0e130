"""Figures of the whole service, from its rows and its broker: served by the clock, of which there is one."""

from collections.abc import Iterable

import redis
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from feedback.database import DatabaseGone
from feedback.store import Store
from feedback.tables import now
from worker.id_list import PLATFORMS
from worker.queues import TRAIN, WRITE

_PATIENCE = 2.0  # Seconds for the broker.
STATES = ("waiting", "writing", "undelivered")


class Service(Collector):
    """Looks when it is asked. What does not answer is 0 in its own figure, and its others are left out."""

    def __init__(self, store: Store, broker_url: str) -> None:
        self._store = store
        self._redis = redis.Redis.from_url(
            broker_url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
        )

    def describe(self) -> Iterable[Metric]:
        waiting = [_open_prompts(), _oldest(), _paused(), _learning_paused()]
        return [_database_up(), *waiting, _broker_up(), _jobs()]

    def collect(self) -> Iterable[Metric]:
        yield from self._of_database()
        yield from self._of_broker()

    def _of_database(self) -> Iterable[Metric]:
        up, waiting, oldest = _database_up(), _open_prompts(), _oldest()
        requests, learning = _paused(), _learning_paused()
        try:
            counts = {(found.platform, found.state): found.count for found in self._store.open_work.prompts()}
            since = self._store.open_work.waits_since()
            requests.add_metric([], self._store.pauses.paused())
            learning.add_metric([], self._store.learning_pauses.paused())
        except DatabaseGone:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        for platform in PLATFORMS:
            for state in STATES:
                waiting.add_metric([platform, state], counts.get((platform, state), 0))
        oldest.add_metric([], (now() - since).total_seconds() if since else 0)
        yield from (up, waiting, oldest, requests, learning)

    def _of_broker(self) -> Iterable[Metric]:
        up, jobs = _broker_up(), _jobs()
        try:
            for queue in (WRITE, TRAIN):
                jobs.add_metric([queue], float(self._redis.llen(queue)))
        except redis.RedisError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield from (up, jobs)


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=labels)


def _database_up() -> GaugeMetricFamily:
    return _gauge("rhapsode_database_up", "1 if the database answers.")


def _broker_up() -> GaugeMetricFamily:
    return _gauge("rhapsode_broker_up", "1 if the broker answers.")


def _open_prompts() -> GaugeMetricFamily:
    says = "Prompts that wait for a writer, are written, or are not wholly shown yet."
    return _gauge("rhapsode_prompts_open", says, "platform", "state")


def _oldest() -> GaugeMetricFamily:
    return _gauge("rhapsode_oldest_wait_seconds", "Age of the oldest prompt that no writer has taken.")


def _paused() -> GaugeMetricFamily:
    return _gauge("rhapsode_paused", "1 while an operator has the service take no requests.")


def _learning_paused() -> GaugeMetricFamily:
    return _gauge("rhapsode_learning_paused", "1 while an operator has no run on ratings begin.")


def _jobs() -> GaugeMetricFamily:
    return _gauge("rhapsode_queue_jobs", "Jobs in a queue of the broker that no worker has taken.", "queue")
