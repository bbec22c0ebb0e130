"""The writer process: the engine, its tasks, and the threads that keep leases and follow the champion."""

import os
import signal
import threading
import time
from collections.abc import Callable

import structlog
from celery import Celery

from feedback.database import DatabaseGone
from feedback.records import NotPromotable, UnknownRow
from generation.selection import Judge
from worker.alive import alive
from worker.engines import RunningEngine, running_engine
from worker.gpus import tell_of_gpus
from worker.live_critic import LiveCritic
from worker.metrics.exposition import exposed
from worker.metrics.writing import LiveVersions
from worker.notices import look_for_surge, post_digest
from worker.parts import Parts
from worker.presence import present
from worker.queues import WORKERS_PATIENCE, WRITE, connect, work
from worker.signals import WriterSignal, listen
from worker.stand_back import stand_back
from worker.trial import look_at_canary
from worker.watchdog import leave_when_stuck
from worker.writing import Writing

log = structlog.get_logger(__name__)


def run_writer(parts: Parts) -> None:
    """Blocks until SIGTERM or SIGINT; what is being written then is finished first."""
    # A wrong file, and that nothing runs here, is said before the model is loaded.
    _, _, _ = parts.forms, parts.screen, parts.broker_url
    with present(parts, alive(parts.settings, "writer", "running")):
        write_with(parts, lambda: running_engine(parts, on_death=_exit_to_be_restarted))


def write_with(parts: Parts, build: Callable[[], RunningEngine]) -> None:
    """The writer on any engine. Blocks as `run_writer` does."""
    started = time.monotonic()
    running = build()
    engine = running.engine
    critic = LiveCritic(parts.settings.models, lambda: engine.version)
    writing = Writing(
        parts.store,
        lambda: engine,
        parts.publisher,
        running.ruler,
        parts.forms,
        Judge(parts.screen, parts.originality, critic),
        running.live,
        at_once=parts.settings.max_batch,
        lease=parts.settings.lease,
        max_attempts=parts.settings.max_attempts,
        snapshot_interval=parts.settings.snapshot_interval,
        running=parts.settings.max_running_per_reader,
        queue=parts.inbox.queue,
        critic_decides=critic.decides,
        tracing=parts.tracing,
    )
    stop = threading.Event()
    _start_companions(parts, running, writing, stop)
    app = connect(parts.broker_url, WORKERS_PATIENCE)
    _register(app, writing)
    _register_chores(app, parts)
    seconds = round(time.monotonic() - started, 1)
    log.info("writer ready", version=engine.version, where=running.where, seconds=seconds)
    parts.publisher.writer_ready(engine.version)
    try:
        with exposed(parts.settings, parts.process, LiveVersions(running.live.slots, running.where)):
            work(
                WRITE,
                parts.settings.max_batch,
                alive(parts.settings, "writer"),
                events=parts.settings.task_events,
            )
    finally:
        stop.set()
        engine.close()
        parts.close()


def _start_companions(parts: Parts, running: RunningEngine, writing: Writing, stop: threading.Event) -> None:
    """The threads beside the tasks; daemons, so none outlives the process."""

    def hear(told: WriterSignal) -> None:
        if told.cancel is not None:
            writing.cancel(told.cancel)
        if told.deployment:
            running.live.look_soon()

    threads = {
        "leases": lambda: writing.renew_until(stop),
        "live version": lambda: _follow(running, stop),
        "signals": lambda: listen(parts.broker_url, hear, stop),
        "watchdog": lambda: leave_when_stuck(running.step_takes, stop),
        "presence": lambda: parts.publisher.stay_present(lambda: running.engine.version, stop),
        "GPUs": lambda: tell_of_gpus(parts.publisher, stop),
    }
    for name, target in threads.items():
        threading.Thread(target=target, name=name, daemon=True).start()


def _follow(running: RunningEngine, stop: threading.Event) -> None:
    stand_back()  # A version is loaded beside the writing.
    running.live.watch_until(stop)


def _register(app: Celery, writing: Writing) -> None:
    @app.task(name="write", acks_late=True, reject_on_worker_lost=True)
    def write(prompt_id: int) -> None:
        with structlog.contextvars.bound_contextvars(prompt_id=prompt_id):
            try:
                writing.write(prompt_id)
            except DatabaseGone as error:  # The sweeper queues the prompt again once the database is back.
                log.error("the database is gone", error=str(error))


def _register_chores(app: Celery, parts: Parts) -> None:
    """What the clock asks of any writer."""

    @app.task(name="sweep")
    def sweep() -> None:
        try:
            count = parts.inbox.requeue_due()
        except DatabaseGone as error:
            log.error("the database is gone", error=str(error))
            return
        if count:
            log.info("prompts queued again", count=count)

    @app.task(name="canary")
    def canary() -> None:
        try:
            look_at_canary(parts)
        except (DatabaseGone, UnknownRow, NotPromotable) as error:
            log.error("no verdict on the canary", error=str(error))

    @app.task(name="surge")
    def surge() -> None:
        try:
            look_for_surge(parts.store, parts.settings)
        except DatabaseGone as error:  # The next look is in a minute.
            log.error("the database is gone", error=str(error))

    @app.task(name="digest")
    def digest() -> None:
        try:
            post_digest(parts.store, parts.settings)
        except DatabaseGone as error:
            log.error("no digest", error=str(error))


def _exit_to_be_restarted(_: Exception) -> None:
    """The engine cannot go on in this process: leave, so that a fresh one takes over its prompts."""
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
