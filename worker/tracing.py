"""Traces of one prompt's way through the processes, sent over OTLP where an endpoint is configured."""

import importlib.util
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from worker.problems import CannotStart

if TYPE_CHECKING:  # Without an endpoint nothing of OpenTelemetry is loaded.
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

Fact = str | int | float
_PATIENCE = 3.0  # Seconds for a receiver, its retries included: so long may a process that stops be held up.
TRACES = "/v1/traces"  # Where OTLP over HTTP takes them, below its endpoint.


class Tracing(Protocol):
    """`parent` is a W3C traceparent; without one a span belongs to what is under way in this thread."""

    def span(self, name: str, parent: str | None = None, **facts: Fact) -> AbstractContextManager[object]:
        """What is done inside is a span."""

    def past(self, name: str, began: datetime, ended: datetime, parent: str | None, **facts: Fact) -> None:
        """A span that was noticed afterwards."""

    def carried(self) -> str | None:
        """What another process goes on from: the traceparent of what is under way in this thread."""

    def close(self) -> None:
        """Send what was not sent yet."""


class NoTracing:
    """What is done is done, and nobody hears of it."""

    def span(self, name: str, parent: str | None = None, **facts: Fact) -> AbstractContextManager[object]:  # noqa: ARG002 - the Protocol's.
        return nullcontext()

    def past(
        self, name: str, began: datetime, ended: datetime, parent: str | None, **facts: Fact
    ) -> None: ...

    def carried(self) -> str | None:
        return None

    def close(self) -> None: ...


class OtlpTracing:
    """Sends in the background, in batches; a receiver that is away costs nothing but its spans."""

    def __init__(self, endpoint: str, process: str, version: str) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = _provider(endpoint, process, version)
        self._tracer = self._provider.get_tracer("rhapsode", version)
        self._w3c = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, parent: str | None = None, **facts: Fact) -> Iterator[object]:
        with self._tracer.start_as_current_span(
            name,
            self._context(parent),
            attributes=facts,
            record_exception=False,  # What failed is in the log; here it would be said in other words.
        ) as span:
            yield span

    def past(self, name: str, began: datetime, ended: datetime, parent: str | None, **facts: Fact) -> None:
        span = self._tracer.start_span(
            name, self._context(parent), attributes=facts, start_time=_nanoseconds(began)
        )
        span.end(_nanoseconds(max(began, ended)))

    def carried(self) -> str | None:
        carrier: dict[str, str] = {}
        self._w3c.inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        self._provider.shutdown()

    def _context(self, parent: str | None) -> "Context | None":
        return self._w3c.extract({"traceparent": parent}) if parent else None


def tracing_to(endpoint: str | None, process: str, version: str) -> Tracing:
    """Raises CannotStart."""
    if not endpoint:
        return NoTracing()
    if importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is None:
        raise CannotStart("RHAPSODE_OTLP_ENDPOINT is set: pip install 'rhapsode[tracing]'")
    return OtlpTracing(endpoint, process, version)


def _provider(endpoint: str, process: str, version: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = {"service.namespace": "rhapsode", "service.name": process, "service.version": version}
    provider = TracerProvider(resource=Resource.create(resource), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}{TRACES}", timeout=_PATIENCE)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1e9)
