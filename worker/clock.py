"""The clock: Celery beat with a schedule in memory, because its usual one on disk is a pickle."""

from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.schedules import crontab

from worker.alive import Alive, alive
from worker.queues import TRAIN, WRITE
from worker.settings import Settings

_SWEEP = 5.0  # Seconds.
_LOOK_AT_CANARY = 10.0  # Seconds: so soon after a rating that decides it, a canary is promoted or gone.


def schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """What happens by itself, and when (UTC)."""
    minute, hour, day, month, weekday = settings.retrain_cron.split()
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
            "schedule": crontab(minute, hour, weekday, day, month),
            "options": {"queue": TRAIN, "expires": 3600},  # A missed night is skipped, not doubled.
        },
    }


def run_clock(app: Celery, settings: Settings) -> None:
    """Blocks until SIGTERM or SIGINT."""
    app.conf.beat_schedule = schedule(settings)
    scheduler: Any = ticking(alive(settings, "clock"))  # celery-types knows a class only by its path.
    app.Beat(scheduler_cls=scheduler, quiet=True).run()


def ticking(alive: Alive) -> type[Scheduler]:
    """Celery's scheduler in memory, which says at each look at the schedule that it does its work."""

    class Ticking(Scheduler):
        def tick(self, *given: Any, **named: Any) -> Any:
            alive()
            return super().tick(*given, **named)

    return Ticking
