"""One run's life: started once, kept alive, ended with a status and its reasons, whatever happens."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from feedback.database import DatabaseGone
from feedback.records import LeaseLost, NameTaken, NotPromotable
from feedback.store import Store
from generation.base_models import Base, NotAModel
from generation.forms import FORMS, Catalogue
from generation.manifest import RefusedVersion
from retrain.attempt import Attempt, Outcome, Place, RunStopped
from retrain.config import RunConfig
from retrain.pulse import Pulse
from retrain.reader import BadReader, Reader

log = structlog.get_logger(__name__)

Progress = Callable[[dict[str, Any]], None]  # May raise RunStopped.

_PLAIN = (RunStopped, RefusedVersion, NameTaken, NotPromotable, NotAModel, BadReader)


def run(
    store: Store,
    models: Path,
    base: Base,
    config: RunConfig,
    *,
    run_id: int,
    fence: str,
    progress: Progress = lambda _: None,
    reader: Reader | None = None,
    place: Place | None = None,
    forms: Catalogue = FORMS,
) -> Outcome:
    """Do a queued run and keep its outcome. Raises AlreadyRunning, UnknownRow, LeaseLost, DatabaseGone."""
    store.runs.start(run_id, fence)
    with Pulse(store.runs, run_id, fence) as pulse:

        def show(**now: Any) -> None:
            pulse.show(now)
            progress(now)

        attempt = Attempt(
            store, models, base, config, run_id, reader, place or Place(), forms, show, pulse.beat
        )
        try:
            outcome = attempt.outcome()
        except (LeaseLost, DatabaseGone):
            raise  # The row cannot be written any more, or not by us.
        except Exception as error:
            log.exception("run failed", run=run_id)
            outcome = Outcome("failed", (_sentence(error, run_id),))
    store.runs.finish(run_id, fence, outcome.status, outcome.reasons, outcome.candidate)
    log.info("run ended", run=run_id, status=outcome.status, candidate=outcome.candidate)
    return outcome


def _sentence(error: Exception, run_id: int) -> str:
    """What an operator needs to know. Texts of unforeseen errors may hold what readers wrote."""
    if isinstance(error, (*_PLAIN, ArithmeticError)):
        return str(error)
    return f"{type(error).__name__}; the log of run {run_id} says where"
