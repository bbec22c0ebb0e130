"""Training runs: one at a time, fenced, with what each learned from."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import AlreadyRunning, NotPromotable, RunRecord, SnapshotItem, UnknownRow
from feedback.store import snapshots
from feedback.store.run_lease import hold
from feedback.store.upsert import insert
from feedback.store.versions import champion_of, one_at_a_time, open_canary, promote, reject
from feedback.tables import DatasetSnapshot, TrainingRun, now

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

    def call_off(self, run_id: int, status: str, reasons: Sequence[str]) -> bool:
        """End a run that has not begun, also beside one that runs. False if it has begun."""
        ended = {"status": status, "reasons": list(reasons), "finished_at": now()}
        with self._database.writing() as session:
            called_off = session.execute(
                update(TrainingRun)
                .where(col(TrainingRun.id) == run_id, col(TrainingRun.status) == "queued")
                .values(**ended)
                .returning(col(TrainingRun.id))
            )
            return called_off.scalar() is not None

    def heartbeat(self, run_id: int, fence: str, progress: dict[str, Any]) -> None:
        """Raises LeaseLost when the run was taken for dead."""
        with self._database.writing() as session:
            hold(session, run_id, fence, heartbeat_at=now(), progress=progress)

    def finish(
        self, run_id: int, fence: str, status: str, reasons: Sequence[str], candidate: str | None = None
    ) -> None:
        """A rejected run's candidate is rejected too. Raises LeaseLost when the run was taken for dead."""
        changes: dict[str, Any] = {"status": status, "reasons": list(reasons), "finished_at": now()}
        if candidate is not None:
            changes["candidate"] = candidate
        with self._database.writing() as session:
            hold(session, run_id, fence, **changes)
            if status == "rejected" and candidate is not None:
                reject(session, candidate)

    def promote(
        self,
        run_id: int,
        fence: str,
        reasons: Sequence[str],
        candidate: str,
        share: float = 0.0,
        *,
        champion: str | None = None,
    ) -> None:
        """End the run and deploy its candidate in one transaction: there is no moment between the two.

        With a `share` it becomes canary for so many of the readers, without one champion. Raises LeaseLost,
        UnknownRow, and NotPromotable: also if `champion`, which it was compared with, is it no longer, or if
        something that it has learned from was erased.
        """
        why = f"run {run_id}"
        changes = {"reasons": list(reasons), "candidate": candidate, "finished_at": now()}
        with self._database.writing() as session:
            one_at_a_time(session)
            hold(session, run_id, fence, status="promoted", **changes)
            _check_nothing_erased(session, run_id)
            if champion is not None and champion_of(session) != champion:
                raise NotPromotable(f"{champion} is no longer the champion that it was compared with")
            if share:
                open_canary(session, candidate, share, why)
            else:
                promote(session, candidate, why)

    @contextmanager
    def held(self, run_id: int, fence: str) -> Iterator[None]:
        """Nobody takes the run over meanwhile, and who erases a reader waits.

        Raises LeaseLost, and NotPromotable if something that it has learned from was erased.
        """
        with self._database.writing() as session:
            hold(session, run_id, fence, heartbeat_at=now())
            _check_nothing_erased(session, run_id)
            yield

    def running(self) -> RunRecord | None:
        with self._database.reading() as session:
            row = session.scalar(select(TrainingRun).where(col(TrainingRun.status) == "running"))
            return _record(row) if row is not None else None

    def take_over(self, run_id: int, fence: str, silent_for: timedelta) -> bool:
        """Hold a run whose trainer has been silent for that long, under a new fence. False if it was not."""
        with self._database.writing() as session:
            moment = now()  # Whoever beat while this waited for its turn has been silent since then.
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

    def reads(self, run_id: int, fence: str) -> datetime:
        """Until when the run looks at what readers gave: now, or as before. Raises LeaseLost, UnknownRow.

        What was erased before is not read; `attach` says whether something was erased since.
        """
        with self._database.writing() as session:
            cutoff = _run(session, run_id).cutoff or now()
            hold(session, run_id, fence, cutoff=cutoff, erased_at=None)
            return cutoff

    def alike(self, run_id: int) -> list[RunRecord]:
        """Earlier runs that came to a verdict on the same rows with the same config, newest first.

        No rule of the table forbids them: another champion, or another reader to judge by, is another run.
        """
        with self._database.reading() as session:
            ours = _run(session, run_id)
            same = (
                col(TrainingRun.status).in_(_VERDICTS),
                col(TrainingRun.snapshot_id) == ours.snapshot_id,
                col(TrainingRun.config_sha256) == ours.config_sha256,
            )
            rows = session.scalars(select(TrainingRun).where(*same).order_by(col(TrainingRun.id).desc()))
            return [_record(row) for row in rows]

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
        """Until when the last run has looked that came to a verdict, or that found nothing new to learn."""
        found_nothing_new = and_(
            col(TrainingRun.status) == "skipped", col(TrainingRun.snapshot_id).is_not(None)
        )
        with self._database.reading() as session:
            return session.scalar(
                select(TrainingRun.cutoff)
                .where(or_(col(TrainingRun.status).in_(_VERDICTS), found_nothing_new))
                .where(col(TrainingRun.cutoff).is_not(None))
                .order_by(col(TrainingRun.finished_at).desc(), col(TrainingRun.id).desc())
                .limit(1)
            )

    def save_snapshot(self, manifest_sha256: str, cutoff: datetime, items: Sequence[SnapshotItem]) -> int:
        """The snapshot's id; the same manifest is kept once. Raises UnknownRow."""
        with self._database.writing() as session:
            return snapshots.kept(session, manifest_sha256, cutoff, items)

    def replayed(self, run_id: int) -> frozenset[str] | None:
        """Hashes of the texts from corpora that the run learns from; None before it has a snapshot."""
        with self._database.reading() as session:
            snapshot_id = _run(session, run_id).snapshot_id
            return None if snapshot_id is None else snapshots.replayed(session, snapshot_id)

    def attach(self, run_id: int, fence: str, snapshot_id: int, parent: str | None) -> bool:
        """Keep what the run learns from and what it starts from. Raises LeaseLost, UnknownRow.

        False if a reader was erased since the run began to read: it has to read again.
        """
        with self._database.writing() as session:
            hold(session, run_id, fence, snapshot_id=snapshot_id, parent=parent)
            erased_at = _run(session, run_id).erased_at
            return erased_at is None and not snapshots.withdrawn(session, snapshot_id)

    def made(self, run_id: int, fence: str, candidate: str) -> None:
        """Keep what a run has made before it is judged: who is erased meanwhile is told of it.

        Raises LeaseLost.
        """
        with self._database.writing() as session:
            hold(session, run_id, fence, candidate=candidate)


def _check_nothing_erased(session: Session, run_id: int) -> None:
    """Raises NotPromotable, UnknownRow."""
    run = _run(session, run_id)
    lost = 0 if run.snapshot_id is None else snapshots.withdrawn(session, run.snapshot_id)
    if run.erased_at is not None or lost:
        raise NotPromotable("a reader whose texts or ratings it has learned from was erased in the meantime")


def _run(session: Session, run_id: int) -> TrainingRun:
    found = session.get(TrainingRun, run_id)
    if found is None:
        raise UnknownRow(f"run {run_id}")
    return found


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
