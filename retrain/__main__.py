"""A run in a process of its own: `python -m retrain` takes a job as JSON and prints its outcome as JSON."""

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any, NoReturn

import structlog

from feedback.database import DatabaseGone
from feedback.records import AlreadyRunning, LeaseLost, UnknownRow
from feedback.store import Store
from generation.forms import BadForm, load_catalogue
from retrain.attempt import Outcome, RunStopped
from retrain.job import Job
from retrain.reader import BadReader, load_reader
from retrain.run import Progress, run


def main() -> int:
    """Exit codes: 0 the run came to its end; 1 it failed; 2 its row could not be started or ended by us."""
    signal.signal(signal.SIGTERM, _stop)
    _log_to_stderr()
    parent = os.getppid()
    job = Job.from_json(sys.stdin.read())
    os.nice(job.niceness)

    def watch_parent(_: dict[str, Any]) -> None:
        if os.getppid() != parent:
            raise RunStopped("the trainer that started it is gone")

    store = Store(job.database_url, bytes.fromhex(job.reader_key), job.consent_default)
    try:
        outcome = _run(job, store, watch_parent)
    except (AlreadyRunning, LeaseLost, UnknownRow, DatabaseGone, RunStopped) as error:
        print(json.dumps({"status": "none", "reasons": [str(error)]}))  # noqa: T201 - the parent reads it.
        return 2
    finally:
        store.close()
    print(json.dumps(asdict(outcome)))  # noqa: T201 - the parent reads it.
    return 1 if outcome.status == "failed" else 0


def _run(job: Job, store: Store, progress: Progress) -> Outcome:
    try:
        reader = load_reader(job.reader) if job.reader else None
        forms = load_catalogue(job.forms)
    except (BadReader, BadForm) as error:
        store.runs.start(job.run_id, job.fence)
        store.runs.finish(job.run_id, job.fence, "failed", [str(error)])
        return Outcome("failed", (str(error),))
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
        forms=forms,
    )


def _log_to_stderr() -> None:
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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _stop(_number: int, _frame: Any) -> NoReturn:
    raise RunStopped("it was told to stop")


if __name__ == "__main__":
    sys.exit(main())
