"""Versions: what was made, and which of them is champion since when."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Literal

from sqlalchemy import ColumnElement, text, update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import (
    CanaryRecord,
    DeploymentRecord,
    NameTaken,
    NewVersion,
    NotPromotable,
    UnknownRow,
    VersionRecord,
)
from feedback.store.upsert import insert
from feedback.tables import Deployment, ModelVersion, now

_BARRED = ("rejected", "quarantined")


class Versions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewVersion) -> None:
        """Keep a version. The same name with the same artifact is kept once. Raises NameTaken."""
        with self._database.writing() as session:
            session.execute(insert(session, ModelVersion(**asdict(new))).on_conflict_do_nothing())
            kept = session.get(ModelVersion, new.name)
            if kept is None or kept.artifact_sha256 != new.artifact_sha256:
                raise NameTaken(f"{new.name}: the name or the artifact belongs to another version")

    def get(self, name: str) -> VersionRecord:
        """Raises UnknownRow."""
        with self._database.reading() as session:
            return _record(_version(session, name))

    def all(self) -> list[VersionRecord]:
        """Every version, oldest first."""
        oldest_first = (col(ModelVersion.created_at), col(ModelVersion.name))
        with self._database.reading() as session:
            return [_record(row) for row in session.scalars(select(ModelVersion).order_by(*oldest_first))]

    def champion(self) -> str | None:
        with self._database.reading() as session:
            return champion_of(session)

    def champion_since(self) -> DeploymentRecord | None:
        """The champion's deployment."""
        with self._database.reading() as session:
            found = session.scalars(select(Deployment).where(*_open("champion"))).first()
            return _deployment(found) if found else None

    def promote(self, name: str, reason: str, force: bool = False) -> None:
        """Make a version champion; it may be already. Raises UnknownRow, NotPromotable."""
        with self._database.writing() as session:
            promote(session, name, reason, force=force)

    def rollback(self, reason: str, is_there: Callable[[VersionRecord], bool] = lambda _: True) -> str:
        """Back to the champion before, and once more to the one before that.

        Raises UnknownRow, and NotPromotable when the files of the champion before are gone.
        """
        with self._database.writing() as session:
            one_at_a_time(session)
            barred = set(
                session.scalars(select(ModelVersion.name).where(col(ModelVersion.status).in_(_BARRED)))
            )
            for name in champions_before((row.model_version, row.rollback) for row in _history(session)):
                if name in barred:
                    continue
                if not is_there(_record(_version(session, name))):
                    raise NotPromotable(f"the files of {name} are gone: restore them, or promote another one")
                _replace_champion(session, name, reason, rollback=True)
                return name
            raise UnknownRow("no champion before this one")

    def canary(self) -> CanaryRecord | None:
        """The version that is tried beside the champion, and its share of the readers."""
        with self._database.reading() as session:
            found = session.execute(
                select(Deployment.model_version, Deployment.share).where(*_open("canary"))
            ).first()
            return CanaryRecord(*found) if found else None

    def set_canary(self, name: str, share: float, reason: str) -> None:
        """Let a version write for a share of the readers. Raises UnknownRow, NotPromotable."""
        with self._database.writing() as session:
            open_canary(session, name, share, reason)

    def trial(self) -> DeploymentRecord | None:
        """The canary's deployment, while there is one."""
        with self._database.reading() as session:
            found = session.scalars(select(Deployment).where(*_open("canary"))).first()
            return _deployment(found) if found else None

    def conclude(self, trial: int, step: Literal["promote", "quarantine", "end"], reason: str) -> bool:
        """End a trial with its verdict. False if somebody ended it before."""
        with self._database.writing() as session:
            one_at_a_time(session)
            ended = session.execute(
                update(Deployment)
                .where(col(Deployment.id) == trial, *_open("canary"))
                .values(reason=col(Deployment.reason) + f"; {reason}")
                .returning(col(Deployment.model_version))
            ).scalar()
            if ended is None:
                return False
            _close(session, "canary")
            if step == "promote":
                _replace_champion(session, ended, reason, rollback=False)
            elif step == "quarantine":
                quarantined = update(ModelVersion).where(col(ModelVersion.name) == ended)
                session.execute(quarantined.values(status="quarantined"))
            return True

    def end_canary(self) -> None:
        """Nothing is tried any more; what was is a candidate again."""
        with self._database.writing() as session:
            one_at_a_time(session)
            _close(session, "canary")

    def deployments(self) -> list[DeploymentRecord]:
        """Who was champion when, oldest first."""
        with self._database.reading() as session:
            return [_deployment(row) for row in _history(session)]

    def set_status(self, name: str, status: str) -> None:
        """Raises UnknownRow."""
        with self._database.writing() as session:
            changed = update(ModelVersion).where(col(ModelVersion.name) == name).values(status=status)
            if session.execute(changed.returning(col(ModelVersion.name))).scalar() is None:
                raise UnknownRow(f"version {name}")


def promote(session: Session, name: str, reason: str, *, force: bool = False) -> None:
    """Within a transaction; see `Versions.promote`."""
    one_at_a_time(session)
    status = _version(session, name).status
    if status in _BARRED and not force:
        raise NotPromotable(f"{name} is {status}")
    if champion_of(session) != name:
        _replace_champion(session, name, reason, rollback=False)


def open_canary(session: Session, name: str, share: float, reason: str) -> None:
    """Within a transaction; see `Versions.set_canary`."""
    one_at_a_time(session)
    status = _version(session, name).status
    if status in _BARRED:
        raise NotPromotable(f"{name} is {status}")
    if champion_of(session) == name:
        raise NotPromotable(f"{name} is the champion")
    _close(session, "canary")
    session.execute(update(ModelVersion).where(col(ModelVersion.name) == name).values(status="canary"))
    opened = Deployment(slot="canary", model_version=name, share=share, reason=reason, started_at=now())
    session.execute(insert(session, opened))


def reject(session: Session, name: str) -> None:
    """Within a transaction. What was deployed once keeps its status: it was good enough for that."""
    candidate = (col(ModelVersion.name) == name, col(ModelVersion.status) == "candidate")
    session.execute(update(ModelVersion).where(*candidate).values(status="rejected"))


def champions_before(history: Iterable[tuple[str, bool]]) -> list[str]:
    """Champions to fall back on, nearest first, from (version, was it a rollback), oldest first.

    A rollback takes back the promotions after the version it returns to: they are no way back.
    """
    line: list[str] = []
    for version, rollback in history:
        while rollback and line and line[-1] != version:
            line.pop()
        if not line or line[-1] != version:
            line.append(version)
    return list(reversed(line[:-1]))


def one_at_a_time(session: Session) -> None:
    """SQLite has one writer anyway; on PostgreSQL others wait here, and readers do not."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE deployment IN SHARE ROW EXCLUSIVE MODE"))


def _version(session: Session, name: str) -> ModelVersion:
    found = session.get(ModelVersion, name)
    if found is None:
        raise UnknownRow(f"version {name}")
    return found


def _open(slot: str) -> tuple[ColumnElement[bool], ...]:
    return (col(Deployment.slot) == slot, col(Deployment.ended_at).is_(None))


def champion_of(session: Session) -> str | None:
    return session.scalar(select(Deployment.model_version).where(*_open("champion")))


def _close(session: Session, slot: str) -> None:
    """End who holds a slot now. A canary that ended, or became champion, is a canary no more."""
    session.execute(update(Deployment).where(*_open(slot)).values(ended_at=now()))
    session.execute(
        update(ModelVersion).where(col(ModelVersion.status) == "canary").values(status="candidate")
    )


def _history(session: Session) -> list[Deployment]:
    champions = select(Deployment).where(col(Deployment.slot) == "champion")
    return list(session.scalars(champions.order_by(col(Deployment.id))))


def _replace_champion(session: Session, name: str, reason: str, *, rollback: bool) -> None:
    moment = now()
    if session.scalar(select(Deployment.model_version).where(*_open("canary"))) == name:
        _close(session, "canary")
    session.execute(update(Deployment).where(*_open("champion")).values(ended_at=moment))
    session.execute(update(ModelVersion).where(col(ModelVersion.status) == "live").values(status="retired"))
    session.execute(update(ModelVersion).where(col(ModelVersion.name) == name).values(status="live"))
    opened = Deployment(model_version=name, reason=reason, rollback=rollback, started_at=moment)
    session.execute(insert(session, opened))


def _record(row: ModelVersion) -> VersionRecord:
    return VersionRecord(
        name=row.name,
        artifact_sha256=row.artifact_sha256,
        kind=row.kind,
        parent=row.parent,
        base_id=row.base_id,
        base_sha256=row.base_sha256,
        tokenizer_sha256=row.tokenizer_sha256,
        template_sha256=row.template_sha256,
        status=row.status,
        metrics=row.metrics,
        created_at=row.created_at,
    )


def _deployment(row: Deployment) -> DeploymentRecord:
    return DeploymentRecord(
        id=row.id,
        slot=row.slot,
        model_version=row.model_version,
        share=row.share,
        reason=row.reason,
        rollback=row.rollback,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
