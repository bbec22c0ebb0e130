"""What was learned: how versions are rated, what runs came to, who is on trial; operators steer here."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from nicegui import ui

from feedback.database import DatabaseGone
from feedback.records import DeploymentRecord, Overview, RunRecord, VersionRecord
from feedback.store.positions import wilson
from feedback.store.trends import RatedDay
from feedback.tables import now
from studio import charts
from studio.figures import figures, percent, when
from studio.frame import frame
from studio.markup import box, words
from studio.parts import Parts
from studio.run_detail import RunDetail, Studied, study
from studio.section import Section
from studio.steer_bar import Helm, Standing, SteerBar
from studio.table import Cell, table
from studio.visitor import Visitor

EVERY = 3.0  # Seconds between two looks.
COUNT_EVERY = 60.0  # Seconds between two counts of ratings by day.
ROWS = 20  # Runs and deployments shown.
TREND = timedelta(days=30)
_PROMOTABLE = ("candidate", "canary", "retired")


@dataclass(frozen=True, slots=True)
class Learned:
    """All that the page shows, newest first."""

    overview: Overview
    standing: Standing
    days: Sequence[RatedDay]
    versions: Sequence[VersionRecord]
    runs: Sequence[RunRecord]
    deployments: Sequence[DeploymentRecord]
    studied: Studied | None


def look(parts: Parts, wanted: int | None, known: Sequence[RatedDay] | None = None) -> Learned:
    """`wanted`: the run to look at closely; None: the newest that came to something.

    `known`: ratings by day that are new enough, for to count them takes longest.
    """
    store = parts.store
    overview, runs = store.statistics.overview(), store.runs.latest(ROWS)
    chosen = next((run for run in runs if run.id == wanted), None) or _telling(runs)
    return Learned(
        overview=overview,
        standing=Standing(
            overview.champion or "",
            store.pauses.paused(),
            store.learning_pauses.paused(),
            parts.steering.trial(),
        ),
        days=store.trends.ratings(now() - TREND) if known is None else known,
        versions=store.versions.all()[::-1],
        runs=runs,
        deployments=store.versions.deployments()[: -ROWS - 1 : -1],
        studied=study(store, chosen) if chosen else None,
    )


def _telling(runs: Sequence[RunRecord]) -> RunRecord | None:
    told = (run for run in runs if run.status == "running" or run.candidate or run.progress)
    return next(told, runs[0] if runs else None)


class LearningPage:
    def __init__(self, parts: Parts, visitor: Visitor) -> None:
        self._parts = parts
        self._visitor = visitor
        self._say = visitor.text
        self._wanted: int | None = None
        self._days: Sequence[RatedDay] | None = None
        self._counted_at = 0.0

    async def build(self) -> None:
        with frame(self._visitor, "learning", wide=True):
            words("h2", self._say("studio-learning"), "page-title")
            words("p", self._say("studio-learning-lead"), "lead")
            self._trouble = words("p", "", "alert").props("role=alert")
            self._helm = Helm(self._parts.steering, self._visitor, self._refresh)
            detail = RunDetail(self._visitor)
            with box("div", "board"):
                self._standing = Section(SteerBar(self._helm, self._visitor).show)
                self._counts = Section(self._show_counts)
                self._trend = Section(self._show_trend)
                self._runs = Section(self._show_runs)
                self._detail = Section(detail.show, "section detail")
                self._versions = Section(self._show_versions)
                self._deployments = Section(self._show_deployments)
            ui.timer(EVERY, self._refresh, immediate=False)
        await self._refresh()

    async def _refresh(self) -> None:
        known = self._days if monotonic() - self._counted_at < COUNT_EVERY else None
        try:
            learned = await asyncio.to_thread(look, self._parts, self._wanted, known)
        except DatabaseGone:
            self._trouble.text = self._say("studio-no-database")
            return
        self._trouble.text = ""
        if known is None:
            self._days, self._counted_at = learned.days, monotonic()
        self._standing.refresh(learned.standing)
        self._counts.refresh(learned.overview)
        self._trend.refresh(learned.days)
        self._runs.refresh(learned.runs)
        self._detail.refresh(learned.studied)
        self._versions.refresh(learned.versions)
        self._deployments.refresh(learned.deployments)

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

    def _show_trend(self, days: Sequence[RatedDay]) -> None:
        words("h3", self._say("studio-trend"))
        if not days:
            words("p", self._say("studio-none"), "lead")
            return
        words("p", self._say("studio-trend-lead"), "lead")
        charts.chart(charts.trend(days), self._say("studio-trend"))
        with box("details"):
            words("summary", self._say("studio-as-table"))
            table(self._visitor, "by-version", ("version", "share", "interval", "n"), _by_version(days))

    def _show_runs(self, runs: Sequence[RunRecord]) -> None:
        table(self._visitor, "runs", ("run", "status", "outcome", "since"), map(self._run, runs))

    def _run(self, run: RunRecord) -> tuple[Cell, ...]:
        outcome = "; ".join(run.reasons) or run.candidate or figures(run.progress)
        return (lambda: self._run_button(run), run.status, outcome or "–", when(run.created_at))

    def _run_button(self, run: RunRecord) -> ui.element:
        button = words("button", f"#{run.id}", "link").props("type=button")
        button.props["aria-label"] = self._say("studio-look-at-run", run=run.id)
        return button.on("click", lambda: self._want(run.id), args=[])

    async def _want(self, run_id: int) -> None:
        self._wanted = run_id
        await self._refresh()

    def _show_versions(self, versions: Sequence[VersionRecord]) -> None:
        columns = ["version", "status", "metrics", "parent", "since"]
        if self._visitor.operates:
            columns.append("act")
        table(self._visitor, "versions", columns, (self._version(v)[: len(columns)] for v in versions))

    def _version(self, version: VersionRecord) -> tuple[Cell, ...]:
        return (
            version.name,
            version.status,
            figures(version.metrics) or "–",
            version.parent or "–",
            when(version.created_at),
            lambda: self._promote_button(version),
        )

    def _promote_button(self, version: VersionRecord) -> ui.element | None:
        if version.status not in _PROMOTABLE:
            return None
        button = self._helm.button("studio-promote", lambda steering: steering.promote(version.name))
        button.props["aria-label"] = self._say("studio-promote-version", version=version.name)
        return button

    def _show_deployments(self, deployments: Sequence[DeploymentRecord]) -> None:
        table(
            self._visitor,
            "deployments",
            ("version", "reason", "since", "until"),
            map(_deployment, deployments),
        )


def _by_version(days: Sequence[RatedDay]) -> list[tuple[str, ...]]:
    liked: dict[str, int] = {}
    rated: dict[str, int] = {}
    for day in days:
        liked[day.version] = liked.get(day.version, 0) + day.liked
        rated[day.version] = rated.get(day.version, 0) + day.rated
    rows: list[tuple[str, ...]] = []
    for version, of in rated.items():
        low, high = wilson(liked[version], of)
        rows.append((version, percent(liked[version] / of), f"{percent(low)} … {percent(high)}", str(of)))
    return rows


def _deployment(deployment: DeploymentRecord) -> tuple[str, ...]:
    until = when(deployment.ended_at) if deployment.ended_at else "–"
    return (deployment.model_version, deployment.reason or "–", when(deployment.started_at), until)
