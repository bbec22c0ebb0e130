"""What operators do from a chat, over the store."""

from collections.abc import Callable

import structlog

from bots.messages import Reader
from bots.operators import NotOperator, Operators, ServiceStatus
from feedback.store import Store
from worker.id_list import IdList

log = structlog.get_logger(__name__)


class SqlOperators:
    """`writers` says how many answer. Nobody is an operator who is not listed."""

    def __init__(self, store: Store, writers: Callable[[], int], listed: IdList) -> None:
        self._store = store
        self._writers = writers
        self._listed = listed

    def status(self, operator: Reader) -> ServiceStatus:
        self._check(operator)
        store = self._store
        canary, runs = store.versions.canary(), store.runs.latest(1)
        return ServiceStatus(
            champion=store.versions.champion() or "",
            canary=canary.version if canary else "",
            writers=self._writers(),
            waiting=store.prompts.waiting(),
            under_way=store.queue.under_way(),
            completions_today=store.day.written(),
            ratings_today=store.day.rated(),
            paused=store.pauses.paused(),
            last_run=runs[0].status if runs else "",
        )

    def pause(self, operator: Reader, *, paused: bool) -> None:
        self._check(operator)
        if paused:
            self._store.pauses.begin()
        else:
            self._store.pauses.end()
        log.warning("requests are refused" if paused else "requests are taken again")

    def _check(self, operator: Reader) -> None:
        if not self._listed.holds(operator.platform, operator.user):
            log.warning("not an operator", platform=operator.platform)
            raise NotOperator


def _conforms(operators: SqlOperators) -> Operators:
    """Lets the type checker hold SqlOperators against the Protocol."""
    return operators
