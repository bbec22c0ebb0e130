"""One prompt is one trace, whichever process is at work: asked, queued, written, delivered."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bots.messages import Incoming, MessageRef, Place, Reader, Sent
from feedback.store import Store
from generation.forms import FORMS
from generation.sampling import Sampling
from tests.worker.test_inbox import SCREEN
from tests.worker.test_writing import VERSION, PaperEngine, writing
from worker.inbox import SqlInbox
from worker.measured_inbox import MeasuredInbox
from worker.tracing import NoTracing, OtlpTracing, tracing_to

ANN, CHAT = Reader("slack", "T1", "ann"), Place("slack", "T1", "C1")


@dataclass
class Receiver:
    """An OTLP receiver: decodes what is sent and keeps it."""

    url: str = ""
    spans: dict[str, Span] = field(default_factory=dict)
    processes: dict[str, str] = field(default_factory=dict)  # By span.

    async def take(self, request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for of_process in sent.resource_spans:
            facts = {one.key: one.value.string_value for one in of_process.resource.attributes}
            for scope in of_process.scope_spans:
                for span in scope.spans:
                    self.spans[span.name] = span
                    self.processes[span.name] = facts["service.name"]
        return web.Response(content_type="application/x-protobuf")


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    receiving = Receiver()
    app = web.Application()
    app.router.add_post("/v1/traces", receiving.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiving
    finally:
        await runner.cleanup()


def a_prompts_way(store: Store, url: str) -> None:
    store.versions.add(VERSION)
    bot, writer = OtlpTracing(url, "slack", "1"), OtlpTracing(url, "writer", "1")
    inbox = SqlInbox(
        store, lambda _: True, lambda _: None, forms=FORMS, max_prompt_chars=2000, sampling=Sampling(),
        screen=SCREEN, traceparent=bot.carried,
    )  # fmt: skip
    measured = MeasuredInbox(inbox, store, bot, "slack")
    prompt_id = measured.ask(Incoming("k", CHAT, ANN, "a secret haiku")).prompt_id
    writing(store, PaperEngine(lambda _: "Rain."), tracing=writer).write(prompt_id)
    [answer] = store.prompts.state(prompt_id).answers
    measured.sent(Sent(prompt_id, MessageRef("slack", "C1", "1"), 0, answer.completion_id, last=True))
    bot.close()
    writer.close()


async def test_one_prompt_is_one_trace_across_the_processes(store: Store) -> None:
    async with receiver() as received:
        await asyncio.to_thread(a_prompts_way, store, received.url)
    spans = received.spans

    assert received.processes == {
        "ask": "slack", "queue": "writer", "write": "writer", "engine": "writer", "deliver": "slack",
    }  # fmt: skip
    assert len({span.trace_id for span in spans.values()}) == 1
    ask, write = spans["ask"].span_id, spans["write"].span_id
    parents = {name: span.parent_span_id for name, span in spans.items()}
    assert parents == {"ask": b"", "queue": ask, "write": ask, "engine": write, "deliver": ask}
    for span in spans.values():
        assert span.start_time_unix_nano <= span.end_time_unix_nano


async def test_no_span_holds_what_a_reader_said_or_who_it_is(store: Store) -> None:
    async with receiver() as received:
        await asyncio.to_thread(a_prompts_way, store, received.url)
    facts = {one.key for span in received.spans.values() for one in span.attributes}

    assert facts == {
        "platform", "prompt", "form", "version", "tokens", "candidates", "first_token_ms",
    }  # fmt: skip


def test_a_receiver_that_is_away_holds_up_nobody() -> None:
    tracing = OtlpTracing("http://127.0.0.1:9", "slack", "1")
    with tracing.span("ask"):
        carried = tracing.carried()
    began = monotonic()
    tracing.close()

    assert monotonic() - began < 10  # A supervisor kills after 20 s.
    assert carried is not None
    version, trace, span, _ = carried.split("-")
    assert (version, len(trace), len(span)) == ("00", 32, 16)


def test_without_an_endpoint_nothing_is_loaded_and_nothing_carried() -> None:
    tracing = tracing_to(None, "slack", "1")
    with tracing.span("ask", platform="slack"):
        assert tracing.carried() is None
    assert isinstance(tracing, NoTracing)
    look = (  # The client of Redis loads the SDK by itself where it is installed.
        "import sys; from worker.parts import Parts; from worker.settings import Settings; "
        "import worker.writing, worker.adapters, worker.measured_inbox; Parts(Settings()).tracing; "
        "sys.exit(any(name.startswith('opentelemetry.exporter') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0  # noqa: S603 - our own.
