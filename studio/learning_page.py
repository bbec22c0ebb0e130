"""The operator's look: how much there is to learn from, and what came of it."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from feedback.database import DatabaseGone
from feedback.records import DeploymentRecord, Overview, RunRecord, VersionRecord
from feedback.store import Store
from studio.frame import frame
from studio.markup import box, words
from studio.parts import Parts
from studio.visitor import Visitor

EVERY = 5.0  # Seconds between two looks.
ROWS = 20  # Runs and deployments shown.


@dataclass(frozen=True, slots=True)
class Learned:
    """All that the page shows, newest first."""

    overview: Overview
    versions: Sequence[VersionRecord]
    runs: Sequence[RunRecord]
    deployments: Sequence[DeploymentRecord]


def look(store: Store) -> Learned:
    return Learned(
        store.statistics.overview(),
        store.versions.all()[::-1],
        store.runs.latest(ROWS),
        store.versions.deployments()[: -ROWS - 1 : -1],
    )


class LearningPage:
    def __init__(self, parts: Parts, visitor: Visitor) -> None:
        self._store = parts.store
        self._visitor = visitor
        self._say = visitor.text
        self._shown: Learned | None = None

    async def build(self) -> None:
        with frame(self._visitor, "learning"):
            words("h2", self._say("studio-learning"), "page-title")
            words("p", self._say("studio-learning-lead"), "lead")
            self._trouble = words("p", "", "alert").props("role=alert")
            self._board = box("div", "board")
            ui.timer(EVERY, self._refresh, immediate=False)
        await self._refresh()

    async def _refresh(self) -> None:
        try:
            learned = await asyncio.to_thread(look, self._store)
        except DatabaseGone:
            self._trouble.text = self._say("studio-no-database")
            return
        self._trouble.text = ""
        if learned != self._shown:
            self._shown = learned
            self._board.clear()
            with self._board:
                self._show(learned)

    def _show(self, learned: Learned) -> None:
        self._show_counts(learned.overview)
        self._table(
            "versions", ("version", "status", "metrics", "parent", "since"), map(_version, learned.versions)
        )
        self._table("runs", ("run", "status", "outcome", "since"), map(_run, learned.runs))
        self._table(
            "deployments", ("version", "reason", "since", "until"), map(_deployment, learned.deployments)
        )

    def _show_counts(self, overview: Overview) -> None:
        counts = {
            "prompts": overview.prompts,
            "waiting": overview.waiting,
            "completions": overview.completions,
            "up": overview.ratings_up,
            "down": overview.ratings_down,
            "readers": overview.readers,
        }
        with box("dl", "counts"):
            for name, count in counts.items():
                with box("div"):
                    words("dt", self._say(f"studio-count-{name}"))
                    words("dd", str(count)).props["data-count"] = name
            with box("div", "champion"):
                words("dt", self._say("studio-champion"))
                words("dd", overview.champion or "–").props["data-count"] = "champion"

    def _table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        words("h3", self._say(f"studio-{name}"))
        cells = list(rows)
        if not cells:
            words("p", self._say("studio-none"), "lead")
            return
        scroll = box("div", "table", tabindex="0", role="region", aria_label=self._say(f"studio-{name}"))
        with scroll, box("table"):
            with box("thead"), box("tr"):
                for column in columns:
                    words("th", self._say(f"studio-column-{column}")).props("scope=col")
            with box("tbody"):
                for row in cells:
                    with box("tr"):
                        for column, text in zip(columns, row, strict=True):
                            self._cell(column, text)

    def _cell(self, column: str, text: str) -> None:
        with box("td", f"column-{column}"):
            if column == "status":
                words("span", self._say(f"studio-status-{text}"), f"status {text}")
            else:
                words("span", text)


def _version(version: VersionRecord) -> tuple[str, ...]:
    return (
        version.name,
        version.status,
        figures(version.metrics) or "–",
        version.parent or "–",
        when(version.created_at),
    )


def _run(run: RunRecord) -> tuple[str, ...]:
    outcome = "; ".join(run.reasons) or run.candidate or figures(run.progress)
    return (f"#{run.id}", run.status, outcome or "–", when(run.created_at))


def _deployment(deployment: DeploymentRecord) -> tuple[str, ...]:
    until = when(deployment.ended_at) if deployment.ended_at else "–"
    return (deployment.model_version, deployment.reason or "–", when(deployment.started_at), until)


def figures(values: dict[str, Any]) -> str:
    """Metrics on one line, whatever a run has written down: "perplexity 12.3 · distinct_2 0.81"."""
    return " · ".join(
        f"{name} {_figure(value)}" for name, value in values.items() if not isinstance(value, dict | list)
    )


def _figure(value: Any) -> str:
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def when(moment: datetime) -> str:
    """In UTC, as the column says."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
