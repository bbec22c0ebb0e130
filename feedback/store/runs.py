"""Training runs: one at a time, fenced, with what each learned from and how it was judged."""

import hashlib
import json
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, update
from sqlalchemy import insert as insert_many
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import AlreadyRunning, Figure, LeaseLost, RunRecord, SnapshotItem, UnknownRow
from feedback.store.upsert import insert
from feedback.tables import DatasetItem, DatasetSnapshot, Evaluation, TrainingRun, now

_VERDICTS = ("promoted", "rejected")


class Runs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, config: dict[str, Any]) -> int:
        canonical = json.dumps(config, sort_keys=True, separators=(",", ":"))
        row = TrainingRun(config=config, config_sha256=hashlib.sha256(canonical.encode()).hexdigest())
        with self._database.writing() as session:
            return session.execute(insert(session, row).returning(col(TrainingRun.id))).scalar_one()

    def start(self, run_id: int, fence: str) -> None:
        """Hold the run under this fence; again is no error. Raises AlreadyRunning, UnknownRow."""
        mine = and_(col(TrainingRun.status) == "running", col(TrainingRun.fence) == fence)
        try:
            with self._database.writing() as session:
                started = session.execute(
                    update(TrainingRun)
                    .where(col(TrainingRun.id) == run_id, or_(col(TrainingRun.status) == "queued", mine))
                    .values(status="running", fence=fence, heartbeat_at=now())
                    .returning(col(TrainingRun.id))
                ).scalar()
                if started is None:
                    raise AlreadyRunning(f"run {run_id} is {_run(session, run_id).status}")
        except IntegrityError as error:
            raise AlreadyRunning("another run is running") from error

    def heartbeat(self, run_id: int, fence: str, progress: dict[str, Any]) -> None:
        """Raises LeaseLost when the run was taken for dead."""
        with self._database.writing() as session:
            _hold(session, run_id, fence, heartbeat_at=now(), progress=progress)

    def finish(
        self, run_id: int, fence: str, status: str, reasons: Sequence[str], candidate: str | None = None
    ) -> None:
        """Raises LeaseLost when the run was taken for dead."""
        changes = {"status": status, "reasons": list(reasons), "candidate": candidate, "finished_at": now()}
        with self._database.writing() as session:
            _hold(session, run_id, fence, **changes)

    def reap(self, silent_for: timedelta) -> list[int]:
        """Fail the runs whose trainer has been silent for that long. Returns their ids."""
        moment = now()
        with self._database.writing() as session:
            reaped = session.execute(
                update(TrainingRun)
                .where(
                    col(TrainingRun.status) == "running", col(TrainingRun.heartbeat_at) < moment - silent_for
                )
                .values(status="failed", reasons=["the trainer fell silent"], finished_at=moment)
                .returning(col(TrainingRun.id))
            )
            return sorted(reaped.scalars())

    def get(self, run_id: int) -> RunRecord:
        """Raises UnknownRow."""
        with self._database.reading() as session:
            return _record(_run(session, run_id))

    def latest(self, n: int) -> list[RunRecord]:
        """The newest runs, newest first."""
        with self._database.reading() as session:
            newest = select(TrainingRun).order_by(col(TrainingRun.id).desc()).limit(n)
            return [_record(row) for row in session.scalars(newest)]

    def last_cutoff(self) -> datetime | None:
        """Until when the last run that came to a verdict has looked at ratings."""
        with self._database.reading() as session:
            return session.scalar(
                select(DatasetSnapshot.cutoff)
                .join(TrainingRun, col(TrainingRun.snapshot_id) == col(DatasetSnapshot.id))
                .where(col(TrainingRun.status).in_(_VERDICTS))
                .order_by(col(TrainingRun.finished_at).desc(), col(TrainingRun.id).desc())
                .limit(1)
            )

    def save_snapshot(self, manifest_sha256: str, cutoff: datetime, items: Sequence[SnapshotItem]) -> int:
        """The snapshot's id; the same manifest is kept once. Raises UnknownRow."""
        row = DatasetSnapshot(manifest_sha256=manifest_sha256, cutoff=cutoff, items=len(items))
        with self._database.writing() as session:
            new = insert(session, row).on_conflict_do_nothing(index_elements=["manifest_sha256"])
            snapshot_id = session.execute(new.returning(col(DatasetSnapshot.id))).scalar()
            if snapshot_id is None:
                known = select(DatasetSnapshot.id).where(
                    col(DatasetSnapshot.manifest_sha256) == manifest_sha256
                )
                return session.execute(known).scalar_one()
            if items:
                session.execute(insert_many(DatasetItem), [_item(snapshot_id, item) for item in items])
            return snapshot_id

    def withdrawn(self, snapshot_id: int) -> int:
        """How many items the snapshot has lost since, because their readers were erased."""
        left = select(func.count()).where(col(DatasetItem.snapshot_id) == snapshot_id).scalar_subquery()
        with self._database.reading() as session:
            lost = select(col(DatasetSnapshot.items) - left).where(col(DatasetSnapshot.id) == snapshot_id)
            return session.execute(lost).scalar_one()

    def attach(self, run_id: int, snapshot_id: int, parent: str | None) -> None:
        """Keep what the run learns from and what it starts from. Raises UnknownRow."""
        with self._database.writing() as session:
            attached = session.execute(
                update(TrainingRun)
                .where(col(TrainingRun.id) == run_id)
                .values(snapshot_id=snapshot_id, parent=parent)
                .returning(col(TrainingRun.id))
            ).scalar()
            if attached is None:
                raise UnknownRow(f"run {run_id}")

    def save_figures(
        self, run_id: int | None, version: str, suite_sha256: str, figures: Sequence[Figure]
    ) -> None:
        """Keep how a version did on a suite; doing it again replaces. Raises UnknownRow, ValueError."""
        moment = now()
        with self._database.writing() as session:
            for figure in figures:
                if math.isnan(figure.value):
                    raise ValueError(f"{figure.metric} is not a number")
                new = insert(session, _evaluation(run_id, version, suite_sha256, figure, moment))
                replaced = ("run_id", "value", "low", "high", "n", "passed", "created_at")
                session.execute(
                    new.on_conflict_do_update(
                        index_elements=["model_version", "suite_sha256", "metric"],
                        set_={name: new.excluded[name] for name in replaced},
                    )
                )

    def figures(self, version: str) -> list[Figure]:
        """How the version did on the suite that it was last judged by, by metric."""
        mine = col(Evaluation.model_version) == version
        last = (
            select(Evaluation.suite_sha256)
            .where(mine)
            .order_by(col(Evaluation.created_at).desc(), col(Evaluation.id).desc())
        )
        with self._database.reading() as session:
            rows = session.scalars(
                select(Evaluation)
                .where(mine, col(Evaluation.suite_sha256) == last.limit(1).scalar_subquery())
                .order_by(col(Evaluation.metric))
            )
            return [Figure(r.metric, r.value, r.n, r.passed, r.low, r.high) for r in rows]


def _hold(session: Session, run_id: int, fence: str, **changes: Any) -> None:
    ours = session.execute(
        update(TrainingRun)
        .where(
            col(TrainingRun.id) == run_id,
            col(TrainingRun.fence) == fence,
            col(TrainingRun.status) == "running",
        )
        .values(**changes)
        .returning(col(TrainingRun.id))
    ).scalar()
    if ours is None:
        raise LeaseLost(f"run {run_id}")


def _run(session: Session, run_id: int) -> TrainingRun:
    found = session.get(TrainingRun, run_id)
    if found is None:
        raise UnknownRow(f"run {run_id}")
    return found


def _item(snapshot_id: int, item: SnapshotItem) -> dict[str, Any]:
    return {
        "snapshot_id": snapshot_id,
        "completion_id": item.completion_id,
        "label": item.label,
        "weight": item.weight,
        "split": item.split,
    }


def _evaluation(
    run_id: int | None, version: str, suite_sha256: str, figure: Figure, moment: datetime
) -> Evaluation:
    return Evaluation(
        run_id=run_id,
        model_version=version,
        suite_sha256=suite_sha256,
        metric=figure.metric,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        passed=figure.passed,
        created_at=moment,
    )


def _record(row: TrainingRun) -> RunRecord:
    return RunRecord(
        id=row.id,
        status=row.status,
        snapshot_id=row.snapshot_id,
        parent=row.parent,
        candidate=row.candidate,
        config=row.config,
        reasons=tuple(row.reasons),
        progress=row.progress,
        heartbeat_at=row.heartbeat_at,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
