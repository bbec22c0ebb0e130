"""`rhapsode demo`: the whole circle on the real service, with a simulated reader, in a few minutes."""

import asyncio
import inspect
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from bots.terminal import Terminal, printable, reader_named
from feedback.records import RunRecord
from retrain.readers import plain_spoken
from worker.base_model import base_of
from worker.broker import embedded_broker, free_port, wait_for_broker
from worker.crowd import Crowd, Piece
from worker.demo_table import Side, Table
from worker.learning_commands import progress_line
from worker.live_version import ensure_champion
from worker.parts import Parts
from worker.problems import CannotStart
from worker.queues import TRAIN, enqueue
from worker.settings import Settings, variable_of
from worker.supervision import Child, Tree
from worker.up import rhapsode

_TASTE = "retrain.readers:plain_spoken"
_FORMS = ("poem", "quatrain", "haiku", "limerick")
_THEMES = """
a bakery at dawn, a barn owl, a bicycle in the rain, a blue door, a bowl of plums, a broken fence, a
button, a cold morning, a cricket, a dry well, a ferry, a field of barley, a garden gate, a harbour
cat, a heron, a kettle, a kite, a ladder, a lantern, a mountain hut, a nest, a new moon, a pair of
boots, a path through the woods, a pear tree, a pier, a rowing boat, a scarecrow, a snowed-in
village, a spider's web, a stone bridge, a storm at sea, a sunflower, a thimble, a tin roof, a
waterwheel, a willow, an anchor, an attic, an oak, ants, autumn leaves, crows on a wire, hay
"""
_HELD_OUT = """the mill pond, an old dog, a beehive, a winter coat, the tide, a loose window, a robin's egg,
a wooden spoon"""
_SHOWN = ("a haiku about rain", "a quatrain about an old bridge", "a slogan for a bakery")
_READY, _LEARNED, _SWAPPED = 120.0, 600.0, 60.0  # Seconds, at most.
_READING = 3.0  # Seconds that a reader takes for a piece before asking again.


def run_demo(parts: Parts, say: Callable[[str], None]) -> None:
    """Ask, rate, retrain, prove, swap, ask again; print and keep the table. Raises CannotStart."""
    started = time.monotonic()
    table = asyncio.run(_circle(_parts_of_demo(parts), say)).after_seconds(time.monotonic() - started)
    say("\n" + table.text())
    if parts.settings.demo_json is not None:
        parts.settings.demo_json.write_text(table.json() + "\n", encoding="utf-8")
    if problem := table.problem():
        raise CannotStart(f"the circle is broken: {problem}")


def _parts_of_demo(parts: Parts) -> Parts:
    """The same settings in a home of its own, emptied first."""
    home = (parts.settings.home / "demo").resolve()
    shutil.rmtree(home, ignore_errors=True)
    changes = {
        "home": home,
        "base_cache": parts.settings.bases.resolve(),
        "database_url": None,
        "broker_url": None,
        "reader": _TASTE,
        "daily_quota": 0,
        "canary_share": 0.0,  # One reader cannot tell two versions apart.
        "consent_default": True,
    }
    return Parts(parts.settings.model_copy(update=changes))


async def _circle(parts: Parts, say: Callable[[str], None]) -> Table:
    say("A reader's taste, as code:\n")
    say(inspect.getsource(plain_spoken))
    async with _service(parts, say):
        crowd = Crowd(parts.inbox, parts.feed, plain_spoken)
        await _show_some(parts, say)
        held_out = _requests(_HELD_OUT)
        before = await crowd.ask_all(held_out)
        say(f"held-out themes: {len(before)} pieces, mean score {crowd.mean_score(before):+.2f}")
        await _rate_many(crowd, say)
        run, asked_meanwhile = await _learn(parts, crowd, say)
        after = await crowd.ask_all(held_out)
        say(f"held-out themes again: {len(after)} pieces, mean score {crowd.mean_score(after):+.2f}")
        return _table(parts, crowd, run, before, after, asked_meanwhile)


@asynccontextmanager
async def _service(parts: Parts, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Broker, writer and trainer, until the block ends."""
    base = await asyncio.to_thread(base_of, parts)
    ensure_champion(parts.store, base)
    broker, url = embedded_broker(parts.settings.home / "broker", free_port())
    parts.write_down_broker(url)
    environment = _environment(parts.settings, parts.database_url, url)
    children = [Child(name, rhapsode(name), environment) for name in ("writer", "trainer")]
    broker_tree, tree = Tree([broker], say), Tree(children, say)
    try:
        broker_tree.start()
        await asyncio.to_thread(wait_for_broker, url, 15.0)
        tree.start()
        await _until(lambda: bool(parts.publisher.writers()), _READY, "the writer is not ready")
        yield
    finally:
        await tree.stop()
        await broker_tree.stop()
        parts.close()


def _environment(settings: Settings, database_url: str, broker_url: str) -> dict[str, str]:
    changed = {
        "home": str(settings.home),
        "base_cache": str(settings.bases),
        "database_url": database_url,
        "broker_url": broker_url,
        "reader": _TASTE,
        "consent_default": "true",
        "canary_share": "0",
        "log_level": "warning",
    }
    return {variable_of(field): value for field, value in changed.items()}


async def _show_some(parts: Parts, say: Callable[[str], None]) -> None:
    """A few pieces as a reader sees them, live on a terminal."""
    terminal = Terminal(parts.inbox, parts.feed, reader_named("demo"))
    for request in _SHOWN:
        say(f"› {request}")
        reply = await terminal.ask(request)
        if not sys.stdout.isatty():
            say(printable(reply.text))
        say(f"  — {reply.form} · {reply.model_version} · {reply.total_ms / 1000:.1f} s\n")


def _requests(themes: str) -> list[str]:
    return [f"a {form} about {' '.join(theme.split())}" for theme in themes.split(",") for form in _FORMS]


async def _rate_many(crowd: Crowd, say: Callable[[str], None]) -> None:
    taps: list[float] = []

    async def rate(piece: Piece) -> None:
        value = await crowd.rate(piece)
        taps.append(value or 0.0)
        if len(taps) % 44 == 0:
            say(f"  {len(taps)} pieces read: {taps.count(1.0)} 👍, {taps.count(-1.0)} 👎")

    say("the reader asks and rates")
    await crowd.ask_all(_requests(_THEMES), rate)


async def _learn(parts: Parts, crowd: Crowd, say: Callable[[str], None]) -> tuple[RunRecord, list[Piece]]:
    """Have the trainer learn; keep asking from the moment the candidate is examined until after the swap."""
    say("retraining")
    enqueue("retrain", queue=TRAIN)
    before = parts.store.versions.champion()
    stop_asking = asyncio.Event()
    asking: asyncio.Task[list[Piece]] | None = None
    seen = ""
    deadline = time.monotonic() + _LEARNED
    while True:
        run = next(iter(await asyncio.to_thread(parts.store.runs.latest, 1)), None)
        if run is not None:
            if (told := progress_line(run)) != seen:
                seen = told
                say(f"  {told}")
            if asking is None and (run.progress.get("role") == "candidate" or run.finished_at):
                asking = asyncio.create_task(_keep_asking(crowd, stop_asking))
            if run.finished_at is not None:
                break
        if time.monotonic() > deadline:
            raise CannotStart(f"the circle is broken: no verdict after {_LEARNED:.0f} s")
        await asyncio.sleep(0.5)
    for reason in run.reasons:
        say(f"    {reason}")
    if run.status == "promoted":
        await _until(lambda: before not in parts.publisher.writers(), _SWAPPED, "the writer did not swap")
        say(f"swapped while answering: {before} → {run.candidate}")
    stop_asking.set()
    return run, await asking if asking is not None else []


async def _keep_asking(crowd: Crowd, stop: asyncio.Event) -> list[Piece]:
    """Three readers who read what they got, then ask again."""

    async def one(requests: Sequence[str]) -> list[Piece]:
        pieces: list[Piece] = []
        while not stop.is_set():
            piece = await crowd.ask(requests[len(pieces) % len(requests)])
            if piece is None:
                break
            pieces.append(piece)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _READING)
        return pieces

    requests = _requests(_THEMES)
    answers = await asyncio.gather(*(one(requests[start:]) for start in (0, 50, 100)))
    return [piece for pieces in answers for piece in pieces]


def _table(
    parts: Parts,
    crowd: Crowd,
    run: RunRecord,
    before: Sequence[Piece],
    after: Sequence[Piece],
    asked_meanwhile: Sequence[Piece],
) -> Table:
    figures = {
        name: {f.metric: f.value for f in parts.store.figures.of(name)}
        for name in (run.parent, run.candidate)
        if name
    }
    live = run.candidate if run.status == "promoted" else run.parent

    def side(name: str | None, pieces: Sequence[Piece]) -> Side:
        measured = figures.get(name or "", {})
        return Side(
            version=", ".join(sorted({piece.reply.model_version for piece in pieces})),
            mean_score=crowd.mean_score(pieces),
            perplexity=measured.get("perplexity"),
            distinct_2=measured.get("distinct_2"),
        )

    return Table(
        before=side(run.parent, before),
        after=side(live, after),
        verdict=run.status,
        completions=parts.store.statistics.overview().completions,
        dropped=crowd.dropped,
        meanwhile=len(asked_meanwhile),
        expected_version=live or "",
    )


async def _until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        if time.monotonic() > deadline:
            raise CannotStart(f"the circle is broken: {otherwise} after {seconds:.0f} s")
        await asyncio.sleep(0.2)
