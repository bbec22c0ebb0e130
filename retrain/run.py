"""One run's life: started once, kept alive, ended with a status and its reasons, whatever happens."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from feedback.database import DatabaseGone
from feedback.records import LeaseLost, NameTaken, NotPromotable
from feedback.store import Store
from generation.base_models import Base, NotAModel
from generation.manifest import RefusedVersion
from retrain.attempt import Attempt
from retrain.config import RunConfig
from retrain.outcome import Hold, Orphaned, Outcome, RunStopped, Show
from retrain.place import Place
from retrain.problems import BadCorpus, NoWandb
from retrain.pulse import Pulse
from retrain.reader import BadReader, Reader
from retrain.story import Story
from retrain.yardsticks import Yardsticks

log = structlog.get_logger(__name__)

Progress = Callable[[dict[str, Any]], None]  # May raise RunStopped.
Attempting = Callable[[Show, Hold], Outcome]

_PLAIN = (BadCorpus, NoWandb, RunStopped, RefusedVersion, NameTaken, NotPromotable, NotAModel, BadReader)


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
    yardsticks: Yardsticks | None = None,
) -> Outcome:
    """Do a queued run on ratings and keep its outcome. Raises what `see_through` raises."""

    judged_by = replace(yardsticks or Yardsticks(), reader=reader)

    def attempt(show: Show, hold: Hold) -> Outcome:
        where = place or Place()
        return Attempt(store, models, base, config, run_id, fence, judged_by, where, show, hold).outcome()

    return see_through(store, run_id, fence, attempt, progress)


def see_through(
    store: Store, run_id: int, fence: str, attempt: Attempting, progress: Progress = lambda _: None
) -> Outcome:
    """Start a run, keep it alive and keep its outcome.

    Raises AlreadyRunning, UnknownRow, LeaseLost, DatabaseGone, Orphaned, ToldToStop.
    """
    store.runs.start(run_id, fence)
    story = Story()
    with Pulse(store.runs, run_id, fence) as pulse:

        def show(**now: Any) -> None:
            pulse.show(story.told(now))
            progress(now)

        try:
            outcome = attempt(show, pulse.beat)
            pulse.beat()  # The last that was shown is kept with the run.
        except (LeaseLost, DatabaseGone, Orphaned):
            raise  # The row cannot be written any more, or not by us.
        except Exception as error:
            log.exception("run failed", run=run_id)
            outcome = Outcome("failed", (_sentence(error, run_id),))
    outcome = _kept(store, run_id, fence, outcome)
    log.info("run ended", run=run_id, status=outcome.status, candidate=outcome.candidate)
    return outcome


def _kept(store: Store, run_id: int, fence: str, outcome: Outcome) -> Outcome:
    """End the run with its outcome; a promotion is the same transaction."""
    if outcome.status == "promoted" and outcome.candidate is not None:
        try:
            store.runs.promote(
                run_id,
                fence,
                outcome.reasons,
                outcome.candidate,
                outcome.share,
                champion=outcome.champion,
            )
        except NotPromotable as error:  # The world has changed while it learned: readers or an operator did.
            outcome = Outcome("rejected", (str(error),), outcome.candidate, outcome.verdict)
        else:
            return outcome
    store.runs.finish(run_id, fence, outcome.status, outcome.reasons, outcome.candidate)
    return outcome


def _sentence(error: Exception, run_id: int) -> str:
    """What an operator needs to know. Texts of unforeseen errors may hold what readers wrote."""
    if isinstance(error, (*_PLAIN, ArithmeticError)):
        return str(error)
    return f"{type(error).__name__}; the log of run {run_id} says where"
