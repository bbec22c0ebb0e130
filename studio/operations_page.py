"""How the service does: queue, pace, writers, delivery, errors, machines. For operators."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from nicegui import ui

from feedback.database import DatabaseGone
from feedback.store.traffic import Failures, Lag, Pace
from feedback.tables import now
from studio.figures import percent, seconds, size, when
from studio.frame import frame
from studio.machine import Machine
from studio.markup import box, words
from studio.parts import Parts
from studio.section import Section
from studio.table import table
from studio.visitor import Visitor

EVERY = 3.0  # Seconds between two looks.
RECENT = timedelta(minutes=60)  # What pace and delivery are told of.
FAILED = timedelta(hours=24)
_LITTLE = 0.1  # Of the disk: less is worth a word.


@dataclass(frozen=True, slots=True)
class Queue:
    waiting: int
    under_way: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Watched:
    queue: Queue
    champion: str
    pace: Pace
    lags: Sequence[Lag]
    failures: Sequence[Failures]
    machine: Machine


def watch(parts: Parts) -> Watched:
    store, recent = parts.store, now() - RECENT
    overview = store.statistics.overview()
    return Watched(
        Queue(overview.waiting, store.queue.under_way(), store.pauses.paused()),
        overview.champion or "",
        store.traffic.pace(recent),
        store.traffic.lags(recent),
        store.traffic.failures(now() - FAILED),
        parts.machines.look(),
    )


class OperationsPage:
    def __init__(self, parts: Parts, visitor: Visitor) -> None:
        self._parts = parts
        self._visitor = visitor
        self._say = visitor.text

    async def build(self) -> None:
        with frame(self._visitor, "operations", wide=True):
            words("h2", self._say("studio-operations"), "page-title")
            if not self._visitor.operates:
                words("p", self._say("studio-operators-only"), "alert")
                return
            words("p", self._say("studio-operations-lead"), "lead")
            self._trouble = words("p", "", "alert").props("role=alert")
            with box("div", "board"):
                self._now = Section(self._show_now)
                self._writers = Section(self._show_writers)
                self._lags = Section(self._show_lags)
                self._failures = Section(self._show_failures)
                self._machine = Section(self._show_machine)
            ui.timer(EVERY, self._refresh, immediate=False)
        await self._refresh()

    async def _refresh(self) -> None:
        if not self._visitor.operates:
            return
        try:
            seen = await asyncio.to_thread(watch, self._parts)
        except DatabaseGone:
            self._trouble.text = self._say("studio-no-database")
            return
        self._trouble.text = "" if seen.machine.broker else self._say("studio-no-broker")
        self._now.refresh((seen.queue, seen.pace))
        self._writers.refresh((seen.machine.writers, seen.champion))
        self._lags.refresh(seen.lags)
        self._failures.refresh(seen.failures)
        self._machine.refresh(seen.machine)

    def _show_now(self, shown: tuple[Queue, Pace]) -> None:
        queue, pace = shown
        minutes = RECENT.total_seconds() / 60
        figures = {
            "waiting": str(queue.waiting),
            "under-way": str(queue.under_way),
            "texts": str(pace.texts),
            "pace": f"{pace.texts / minutes:.1f}",
            "tokens": f"{pace.tokens / minutes:.0f}",
            "first-token": _two(pace.first_token),
            "whole-text": _two(pace.whole),
        }
        if queue.paused:
            words("p", self._say("studio-paused"), "alert")
        with box("dl", "counts"):
            for name, value in figures.items():
                with box("div"):
                    words("dt", self._say(f"studio-watch-{name}"))
                    words("dd", value).props["data-count"] = name

    def _show_writers(self, shown: tuple[Sequence[str], str]) -> None:
        writers, champion = shown
        rows = [
            (
                version,
                str(count),
                self._say("studio-is-champion" if version == champion else "studio-is-other"),
            )
            for version, count in sorted(Counter(writers).items())
        ]
        table(self._visitor, "writers", ("version", "n", "standing"), rows)

    def _show_lags(self, lags: Sequence[Lag]) -> None:
        rows = [
            (lag.platform, str(lag.shown), _two(lag.seconds), str(lag.waiting), str(lag.given_up))
            for lag in lags
        ]
        table(self._visitor, "delivery", ("platform", "shown", "lag", "waiting", "given-up"), rows)

    def _show_failures(self, failures: Sequence[Failures]) -> None:
        columns = ("failed", "reason", "platform", "n", "last")
        table(self._visitor, "failures", columns, map(self._failure, failures))

    def _failure(self, group: Failures) -> tuple[str, ...]:
        what = self._say(f"studio-failed-{group.what}")
        return what, group.why or "–", group.where or "–", str(group.count), when(group.last)

    def _show_machine(self, machine: Machine) -> None:
        words("h3", self._say("studio-machine"))
        used = machine.disk - machine.disk_free
        self._gauge(
            self._say("studio-disk", free=size(machine.disk_free), of=size(machine.disk)),
            used / machine.disk if machine.disk else 0.0,
        )
        if machine.disk and machine.disk_free / machine.disk < _LITTLE:
            words("p", self._say("studio-disk-full"), "alert")
        if machine.kept:
            words("p", self._say("studio-kept", size=size(machine.kept)), "lead")
        for gpu in machine.gpus:
            facts = {
                "name": gpu.name,
                "used": size(gpu.used),
                "of": size(gpu.memory),
                "busy": percent(gpu.busy),
            }
            self._gauge(self._say("studio-gpu", **facts), gpu.used / gpu.memory if gpu.memory else 0.0)
        if not machine.gpus:
            words("p", self._say("studio-no-gpu"), "lead")

    def _gauge(self, told: str, share: float) -> None:
        with box("label", "evidence"):
            words("span", told)
            meter = box("meter", "plain", min="0", max="1", value=f"{share:.3f}")
            meter.props["aria-label"] = told


def _two(pair: tuple[float, float] | None) -> str:
    """Median, and what 95 of 100 do not pass."""
    return "–" if pair is None else f"{seconds(pair[0])} / {seconds(pair[1])}"
