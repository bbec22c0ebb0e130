"""`rhapsode demo`: the whole circle on the real service, with a simulated reader, in some ten minutes."""

import asyncio
import inspect
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from bots.terminal import Terminal, printable, reader_named
from feedback.records import RunRecord
from retrain.readers import plain_spoken
from worker.crowd import Crowd, Piece
from worker.demo_size import size_for, speed_here
from worker.demo_table import Side, Table
from worker.own_service import apart, learned, running
from worker.parts import Parts
from worker.problems import CannotStart

_CHANGES = {
    "reader": "retrain.readers:plain_spoken",
    "canary_share": 0.0,  # One reader cannot tell two versions apart.
}
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
_LEARNED = 2400.0  # Seconds until the verdict, at most.
_READING = 3.0  # Seconds that a reader takes for a piece before asking again.


def run_demo(parts: Parts, say: Callable[[str], None]) -> None:
    """Ask, rate, retrain, prove, swap, ask again; print and keep the table. Raises CannotStart."""
    started = time.monotonic()
    home = (parts.settings.home / "demo").resolve()
    size = size_for(speed_here())
    if size.says:
        say(f"{size.says}\n")
    changes = {**_CHANGES, **size.changes}
    table = asyncio.run(_circle(apart(parts.settings, home, changes), changes, size.of_themes, say))
    table = table.after_seconds(time.monotonic() - started)
    say("\n" + table.text())
    if parts.settings.demo_json is not None:
        parts.settings.demo_json.write_text(table.json() + "\n", encoding="utf-8")
    if problem := table.problem():
        raise CannotStart(f"the circle is broken: {problem}")


async def _circle(
    parts: Parts, changes: Mapping[str, Any], of_themes: int, say: Callable[[str], None]
) -> Table:
    say("A reader's taste, as code:\n")
    say(inspect.getsource(plain_spoken))
    async with running(parts, changes, say):
        crowd = Crowd(parts.inbox, parts.feed, plain_spoken)
        await _show_some(parts, say)
        held_out = _requests(_HELD_OUT, of_themes)
        before = await crowd.ask_all(held_out)
        say(f"held-out themes: {len(before)} pieces, mean score {crowd.mean_score(before):+.2f}")
        await _rate_many(crowd, _requests(_THEMES, of_themes), say)
        run, asked_meanwhile = await _learn(parts, crowd, say)
        after = await crowd.ask_all(held_out)
        say(f"held-out themes again: {len(after)} pieces, mean score {crowd.mean_score(after):+.2f}")
        return _table(parts, crowd, run, before, after, asked_meanwhile)


async def _show_some(parts: Parts, say: Callable[[str], None]) -> None:
    """A few pieces as a reader sees them, live on a terminal."""
    terminal = Terminal(parts.inbox, parts.feed, reader_named("demo"))
    for request in _SHOWN:
        say(f"› {request}")
        reply = await terminal.ask(request)
        if not sys.stdout.isatty():
            say(printable(reply.text))
        say(f"  — {reply.form} · {reply.model_version} · {reply.total_ms / 1000:.1f} s\n")


def _requests(themes: str, of_themes: int = 1) -> list[str]:
    """Every so-manieth theme in each form."""
    chosen = themes.split(",")[::of_themes]
    return [f"a {form} about {' '.join(theme.split())}" for theme in chosen for form in _FORMS]


async def _rate_many(crowd: Crowd, requests: Sequence[str], say: Callable[[str], None]) -> None:
    taps: list[float] = []

    async def rate(piece: Piece) -> None:
        value = await crowd.rate(piece)
        taps.append(value or 0.0)
        if len(taps) % 44 == 0:
            say(f"  {len(taps)} pieces read: {taps.count(1.0)} 👍, {taps.count(-1.0)} 👎")

    say("the reader asks and rates")
    await crowd.ask_all(requests, rate)


async def _learn(parts: Parts, crowd: Crowd, say: Callable[[str], None]) -> tuple[RunRecord, list[Piece]]:
    """Have the trainer learn; keep asking from the verdict until after the swap.

    Not while it learns: learning gives way to writing, and people watch.
    """
    say("retraining")
    stop_asking = asyncio.Event()
    asking: list[asyncio.Task[list[Piece]]] = []

    def told(run: RunRecord) -> None:
        if not asking and (run.progress.get("stage") == "deciding" or run.finished_at):
            asking.append(asyncio.create_task(_keep_asking(crowd, stop_asking)))

    run = await learned(parts, _LEARNED, say, told)
    if run.status == "promoted":
        say(f"swapped while answering: {run.parent} → {run.candidate}")
    stop_asking.set()
    return run, [piece for task in asking for piece in await task]


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
