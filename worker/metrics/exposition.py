"""Serve a process's figures over HTTP, beside what the process does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import REGISTRY, Info, disable_created_metrics, start_http_server
from prometheus_client.registry import Collector

from worker.metrics.machine import Machine
from worker.setting_names import variable_of
from worker.settings import Settings

log = structlog.get_logger(__name__)


@contextmanager
def exposed(settings: Settings, process: str, *collectors: Collector) -> Iterator[None]:
    """While the process runs. A port that is taken stops nothing: what readers wait for matters more."""
    if not settings.metrics_port:
        yield
        return
    disable_created_metrics()  # type: ignore[no-untyped-call] # A series more of each, for nothing here.
    try:
        server, thread = start_http_server(settings.metrics_port, settings.metrics_host)
    except OSError as error:
        setting = variable_of("metrics_port")
        log.warning("no metrics are served", setting=setting, port=settings.metrics_port, why=str(error))
        yield
        return
    offered = [*collectors, Machine(settings.home), process_info(process)]
    for collector in offered:
        REGISTRY.register(collector)
    log.debug("metrics are served", host=settings.metrics_host, port=settings.metrics_port)
    try:
        yield
    finally:
        _stop(server, thread)
        for collector in offered:
            REGISTRY.unregister(collector)


def process_info(process: str) -> Info:
    info = Info("rhapsode_process", "Which of Rhapsode's processes this is.", registry=None)
    info.info({"process": process})
    return info


def _stop(server: object, thread: threading.Thread) -> None:
    server.shutdown()  # type: ignore[attr-defined] # The library's own type is a mixin.
    server.server_close()  # type: ignore[attr-defined]
    thread.join()
