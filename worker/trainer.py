"""The trainer process: one run at a time, each in a child process that gives back all its memory."""

from typing import Any

import structlog
from celery.signals import worker_shutting_down

from feedback.database import DatabaseGone
from generation.base_models import NotAModel
from worker.alive import alive
from worker.metrics.exposition import exposed
from worker.metrics.training import Training
from worker.parts import Parts
from worker.presence import present
from worker.problems import RunBroken
from worker.queues import TRAIN, WORKERS_PATIENCE, connect, enqueue, work
from worker.retraining import Retraining

log = structlog.get_logger(__name__)


def run_trainer(parts: Parts) -> None:
    """Blocks until SIGTERM or SIGINT; a run under way is stopped then and can be started again."""
    _ = parts.forms  # A wrong file stops the start, not the run at night.
    app = connect(parts.broker_url, WORKERS_PATIENCE)
    under_way: list[Retraining] = []

    @app.task(name="retrain")
    def retrain() -> None:
        retraining = Retraining(parts)
        under_way.append(retraining)
        try:
            record = retraining.run()
        except (RunBroken, NotAModel, DatabaseGone) as error:
            log.error("no run", error=str(error))
        else:
            log.info("run ended", run=record.id, status=record.status, reasons=record.reasons)
        finally:
            under_way.remove(retraining)

    def stop(**_: Any) -> None:
        for retraining in under_way:
            retraining.stop()

    worker_shutting_down.connect(stop, weak=False)
    _take_up_what_was_left(parts)
    # The message is acknowledged at once: the run's row is the truth, and a run outlasts any redelivery.
    try:
        with (
            present(parts, alive(parts.settings, "trainer", "running")),
            exposed(parts.settings, parts.process, Training(parts.store)),
        ):
            work(TRAIN, 1, alive(parts.settings, "trainer"), events=parts.settings.task_events)
    finally:
        parts.close()


def _take_up_what_was_left(parts: Parts) -> None:
    """A run whose trainer was killed goes on now, and not at night."""
    try:
        if Retraining(parts).left_behind() is not None:
            enqueue("retrain", queue=TRAIN)
    except DatabaseGone as error:
        log.warning("cannot see whether a run was left behind", error=str(error))
