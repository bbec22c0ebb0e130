"""The clock: Celery beat with a schedule in memory, because its usual one on disk is a pickle."""

from typing import Any

from celery.beat import Scheduler
from celery.schedules import crontab

from worker.alive import Alive, alive
from worker.metrics.due import RetrainDue
from worker.metrics.exposition import exposed
from worker.metrics.service import Service
from worker.parts import Parts
from worker.presence import present
from worker.queues import TRAIN, WRITE, connect
from worker.settings import Settings

_SWEEP = 5.0  # Seconds.
_LOOK_FOR_SURGE = 60.0
_LOOK_AT_CANARY = 10.0  # Seconds: so soon after a rating that decides it, a canary is promoted or gone.


def schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """What happens by itself, and when (UTC)."""
    return {**_always(settings), **_notices(settings)}


def _always(settings: Settings) -> dict[str, dict[str, Any]]:
    return {
        "requeue prompts left behind": {
            "task": "sweep",
            "schedule": _SWEEP,
            "options": {"queue": WRITE, "expires": _SWEEP},
        },
        "look at the canary": {
            "task": "canary",
            "schedule": _LOOK_AT_CANARY,
            "options": {"queue": WRITE, "expires": _LOOK_AT_CANARY},  # The trainer may be busy for hours.
        },
        "retrain": {
            "task": "retrain",
            "schedule": _cron(settings.retrain_cron),
            "options": {"queue": TRAIN, "expires": 3600},  # A missed night is skipped, not doubled.
        },
    }


def ticking(alive: Alive) -> type[Scheduler]:
    """Celery's scheduler in memory, which says at each look at the schedule that it does its work."""

    class Ticking(Scheduler):
        def tick(self, *given: Any, **named: Any) -> Any:
            alive()
            return super().tick(*given, **named)

    return Ticking


def _notices(settings: Settings) -> dict[str, dict[str, Any]]:
    """What is said in channels, where any is listed."""
    found: dict[str, dict[str, Any]] = {}
    if settings.operators_channels:
        found["look for a surge of dislikes"] = {
            "task": "surge",
            "schedule": _LOOK_FOR_SURGE,
            "options": {"queue": WRITE, "expires": _LOOK_FOR_SURGE},
        }
    if settings.digest_channels:
        found["digest"] = {
            "task": "digest",
            "schedule": _cron(settings.digest_cron),
            "options": {"queue": WRITE, "expires": 3600},
        }
    return found


def _cron(expression: str) -> crontab:
    minute, hour, day, month, weekday = expression.split()
    return crontab(minute, hour, weekday, day, month)


def run_clock(parts: Parts) -> None:
    """Blocks until SIGTERM or SIGINT. It serves the figures of the whole service: there is one clock."""
    app = connect(parts.broker_url)
    app.conf.beat_schedule = schedule(parts.settings)
    scheduler: Any = ticking(alive(parts.settings, "clock"))  # celery-types knows a class only by its path.
    try:
        with (
            present(parts, alive(parts.settings, "clock", "running")),
            exposed(
                parts.settings,
                parts.process,
                Service(parts.store, parts.broker_url),
                RetrainDue(parts.store, parts.settings.retrain_cron),
            ),
        ):
            app.Beat(scheduler_cls=scheduler, quiet=True).run()
    finally:
        parts.close()
