"""Training runs: one at a time, fenced, with what each learned from."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, update
from sqlalchemy import insert as insert_many
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import AlreadyRunning, LeaseLost, RunRecord, SnapshotItem, UnknownRow
from feedback.store.upsert import insert
from feedback.store.versions import open_canary, promote
from feedback.tables import DatasetItem, DatasetSnapshot, TrainingRun, now

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

    def promote(
        self, run_id: int, fence: str, reasons: Sequence[str], candidate: str, share: float = 0.0
    ) -> None:
        """End the run and deploy its candidate in one transaction: there is no moment between the two.

        With a `share` it becomes canary for so many of the readers, without one champion. Raises LeaseLost,
        NotPromotable, UnknownRow.
        """
        why = f"run {run_id}"
        changes = {"reasons": list(reasons), "candidate": candidate, "finished_at": now()}
        with self._database.writing() as session:
            _hold(session, run_id, fence, status="promoted", **changes)
            if share:
                open_canary(session, candidate, share, why)
            else:
                promote(session, candidate, why)

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

    def running(self) -> RunRecord | None:
        with self._database.reading() as session:
            row = session.scalar(select(TrainingRun).where(col(TrainingRun.status) == "running"))
            return _record(row) if row is not None else None

    def take_over(self, run_id: int, fence: str, silent_for: timedelta) -> bool:
        """Hold a run whose trainer has been silent for that long, under a new fence. False if it was not."""
        moment = now()
        with self._database.writing() as session:
            taken = session.execute(
                update(TrainingRun)
                .where(
                    col(TrainingRun.id) == run_id,
                    col(TrainingRun.status) == "running",
                    col(TrainingRun.heartbeat_at) <= moment - silent_for,
                )
                .values(fence=fence, heartbeat_at=moment)
                .returning(col(TrainingRun.id))
            )
            return taken.scalar() is not None

    def cutoff_of(self, run_id: int) -> datetime | None:
        """Until when the run looked at ratings, if it came so far."""
        with self._database.reading() as session:
            return session.scalar(
                select(DatasetSnapshot.cutoff)
                .join(TrainingRun, col(TrainingRun.snapshot_id) == col(DatasetSnapshot.id))
                .where(col(TrainingRun.id) == run_id)
            )

    def get(self, run_id: int) -> RunRecord:
        """Raises UnknownRow."""
        with self._database.reading() as session:
            return _record(_run(session, run_id))

    def latest(self, n: int) -> list[RunRecord]:
        """The newest runs, newest first."""
        with self._database.reading() as session:
            newest = select(TrainingRun).order_by(col(TrainingRun.id).desc()).limit(n)
            return [_record(row) for row in session.scalars(newest)]

    def outcomes(self, since: datetime | None = None, until: datetime | None = None) -> dict[str, int]:
        """How many runs have come to which end, ever or in that time."""
        end = col(TrainingRun.finished_at)
        ended = select(TrainingRun.status, func.count()).where(end.is_not(None))
        ended = ended if since is None else ended.where(end >= since)
        ended = ended if until is None else ended.where(end < until)
        with self._database.reading() as session:
            rows = session.execute(ended.group_by(TrainingRun.status))
            return {row[0]: row[1] for row in rows}

    def last_ended(self) -> RunRecord | None:
        """The run that ended last."""
        ended = select(TrainingRun).where(col(TrainingRun.finished_at).is_not(None))
        with self._database.reading() as session:
            row = session.scalar(ended.order_by(col(TrainingRun.finished_at).desc()).limit(1))
            return _record(row) if row is not None else None

    def last_items(self) -> int | None:
        """How many items the newest dataset holds."""
        newest = select(DatasetSnapshot.items).order_by(col(DatasetSnapshot.id).desc()).limit(1)
        with self._database.reading() as session:
            return session.scalar(newest)

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
    return {"snapshot_id": snapshot_id, **asdict(item)}


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
