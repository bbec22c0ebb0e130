"""The writer process: the engine, its tasks, and the threads that keep leases and follow the champion."""

import os
import signal
import threading
import time

import structlog
from celery import Celery

from feedback.database import DatabaseGone
from generation.local_engine import LocalEngine
from generation.manifest import RefusedVersion
from generation.versions import LoadedVersion, base_name, load_version
from worker.base_model import base_of, device_of, dtype_of
from worker.live_version import LiveVersion, ensure_champion
from worker.parts import Parts
from worker.queues import WRITE, connect, work
from worker.signals import WriterSignal, listen
from worker.writing import Writing

log = structlog.get_logger(__name__)


def run_writer(parts: Parts) -> None:
    """Blocks until SIGTERM or SIGINT; what is being written then is finished first."""
    started = time.monotonic()
    engine, live = _engine(parts)
    writing = Writing(
        parts.store,
        lambda: engine,
        parts.publisher,
        lease=parts.settings.lease,
        max_attempts=parts.settings.max_attempts,
        snapshot_interval=parts.settings.snapshot_interval,
    )
    stop = threading.Event()
    _start_companions(parts, engine, live, writing, stop)
    _register(connect(parts.broker_url), parts, writing)
    seconds = round(time.monotonic() - started, 1)
    log.info("writer ready", version=engine.version, device=device_of(parts), seconds=seconds)
    parts.publisher.writer_ready(engine.version)
    try:
        work(WRITE, parts.settings.max_batch)
    finally:
        stop.set()
        engine.close()
        parts.close()


def _engine(parts: Parts) -> tuple[LocalEngine, LiveVersion]:
    """The engine on the champion, or on the base if the champion is refused."""
    import torch

    if parts.settings.threads:
        torch.set_num_threads(parts.settings.threads)
    base, device = base_of(parts), device_of(parts)

    def load(name: str) -> LoadedVersion:
        return load_version(parts.settings.models, name, base, device, dtype_of(parts, device))

    champion = ensure_champion(parts.store, base)
    try:
        version = load(champion)
    except RefusedVersion as error:
        log.error("the champion was refused; writing with the base", version=champion, why=error.why)
        version = load(base_name(base))
    engine = LocalEngine(version, parts.settings.max_batch, on_death=_exit_to_be_restarted)
    return engine, LiveVersion(parts.store, engine, load)


def _start_companions(
    parts: Parts, engine: LocalEngine, live: LiveVersion, writing: Writing, stop: threading.Event
) -> None:
    """The threads beside the tasks; daemons, so none outlives the process."""

    def hear(told: WriterSignal) -> None:
        if told.cancel is not None:
            writing.cancel(told.cancel)
        if told.deployment:
            live.look_soon()

    threads = {
        "leases": lambda: writing.renew_until(stop),
        "live version": lambda: live.watch_until(stop),
        "signals": lambda: listen(parts.broker_url, hear, stop),
        "presence": lambda: parts.publisher.stay_present(lambda: engine.version, stop),
    }
    for name, target in threads.items():
        threading.Thread(target=target, name=name, daemon=True).start()


def _register(app: Celery, parts: Parts, writing: Writing) -> None:
    @app.task(name="write", acks_late=True, reject_on_worker_lost=True)
    def write(prompt_id: int) -> None:
        with structlog.contextvars.bound_contextvars(prompt_id=prompt_id):
            try:
                writing.write(prompt_id)
            except DatabaseGone as error:  # The sweeper queues the prompt again once the database is back.
                log.error("the database is gone", error=str(error))

    @app.task(name="sweep")
    def sweep() -> None:
        try:
            count = parts.inbox.requeue_due()
        except DatabaseGone as error:
            log.error("the database is gone", error=str(error))
            return
        if count:
            log.info("prompts queued again", count=count)


def _exit_to_be_restarted(_: Exception) -> None:
    """The engine cannot go on in this process: leave, so that a fresh one takes over its prompts."""
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
