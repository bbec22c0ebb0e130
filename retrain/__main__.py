"""A run in a process of its own: `python -m retrain` takes a job as JSON and prints its outcome as JSON."""

import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import structlog
from filelock import FileLock, Timeout

from feedback.database import DatabaseGone
from feedback.records import AlreadyRunning, LeaseLost, UnknownRow
from feedback.store import Store
from generation.forms import BadForm, Catalogue, load_catalogue
from generation.originality import Originality
from generation.screening import BadBlockList, Screen, read_block_list
from retrain.job import Job
from retrain.outcome import LEFT, Hold, Orphaned, Outcome, Show, ToldToStop
from retrain.reader import BadReader, load_reader
from retrain.run import Progress, run, see_through
from retrain.yardsticks import Yardsticks

_PATIENCE = 10.0  # Seconds to wait for a process of the same run that is about to end.


class _Stop:
    """SIGTERM. It is raised at once, and again when asked: Python drops what is raised in a finalizer."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, _number: int, _frame: Any) -> None:
        self._told = True
        self.check()

    def check(self) -> None:
        if self._told:
            raise ToldToStop("it was told to stop")


def main() -> int:
    """Exit codes: 0 the run came to its end; 1 it failed; 2 it is left as it is."""
    parent = os.getppid()
    # Several processes cannot share one standard input.
    job = Job.from_json(Path(sys.argv[1]).read_text("utf-8") if sys.argv[1:] else sys.stdin.read())
    _log_to_stderr(job.log_level)
    os.nice(job.niceness)
    if int(os.environ.get("RANK", "0")) > 0:
        return _follow(job)

    stop = _Stop()

    def go_on(_: dict[str, Any]) -> None:
        stop.check()
        if os.getppid() != parent:
            raise Orphaned("the trainer that started it is gone")

    store = Store(job.database_url, bytes.fromhex(job.reader_key), job.consent_default)
    try:
        signal.signal(signal.SIGTERM, stop)
        job.lock_file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(job.lock_file, timeout=_PATIENCE):
            outcome = _run(job, store, go_on)
        job.lock_file.unlink(missing_ok=True)
    except (AlreadyRunning, LeaseLost, UnknownRow, DatabaseGone, Orphaned, ToldToStop, Timeout) as error:
        print(json.dumps({"status": "none", "reasons": [str(error)]}))  # noqa: T201 - the parent reads it.
        return LEFT
    finally:
        store.close()
    print(json.dumps(asdict(outcome)))  # noqa: T201 - the parent reads it.
    return 1 if outcome.status == "failed" else 0


def _run(job: Job, store: Store, progress: Progress) -> Outcome:
    try:
        reader = load_reader(job.reader) if job.reader else None
        yardsticks = _yardsticks(job)
    except (BadReader, BadForm, BadBlockList) as error:
        store.runs.start(job.run_id, job.fence)
        store.runs.finish(job.run_id, job.fence, "failed", [str(error)])
        return Outcome("failed", (str(error),))
    if job.corpus is not None:
        return _learn_from_corpus(job, store, progress, yardsticks.forms)
    return run(
        store,
        job.models,
        job.base,
        job.config,
        run_id=job.run_id,
        fence=job.fence,
        progress=progress,
        reader=reader,
        place=job.place,
        yardsticks=yardsticks,
    )


def _yardsticks(job: Job) -> Yardsticks:
    """Raises BadForm, BadBlockList."""
    blocked = () if job.blocked_words is None else read_block_list(job.blocked_words)
    return Yardsticks(
        forms=load_catalogue(job.forms),
        screen=Screen(profanity=job.profanity, blocked=blocked),
        originality=None if job.originality is None else Originality(job.originality),
    )


def _learn_from_corpus(job: Job, store: Store, progress: Progress, forms: Catalogue) -> Outcome:
    corpus = job.corpus
    if corpus is None:
        raise TypeError("the job names no corpus")

    def attempt(show: Show, _: Hold) -> Outcome:
        from retrain.corpus_attempt import CorpusAttempt  # Imports torch: seconds.
        from retrain.team import Team

        team = Team.joined(job.place.device)
        outcome = CorpusAttempt(
            store, job.models, job.base, corpus, job.run_id, job.place, forms, show, team
        ).outcome()
        team.part_ways()
        return outcome

    return see_through(store, job.run_id, job.fence, attempt, progress)


def _follow(job: Job) -> int:
    """One of the processes beside the first: it computes and keeps nothing."""
    if job.corpus is None:
        return 0
    from retrain.corpus_attempt import CorpusAttempt  # Imports torch: seconds.
    from retrain.team import Team

    def unseen(**_: Any) -> None: ...

    store = Store(job.database_url, bytes.fromhex(job.reader_key), job.consent_default)
    team = Team.joined(job.place.device)
    forms = load_catalogue(job.forms)
    CorpusAttempt(
        store, job.models, job.base, job.corpus, job.run_id, job.place, forms, unseen, team
    ).outcome()
    team.part_ways()
    return 0


def _log_to_stderr(level: str) -> None:
    """Standard output is the outcome's. Plain tracebacks: the richer ones print what readers wrote."""
    console = sys.stderr.isatty()
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console)
    structlog.configure(
        processors=[structlog.processors.add_log_level, stamp, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _end(code: int) -> NoReturn:
    """A thread may still compute for a run that was left: Python would end it inside torch, which aborts."""
    if code == LEFT:
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    _end(main())
