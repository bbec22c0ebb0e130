"""Notices: each posted once, taken by one herald at a time, and closed when it is said."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import NoticeRecord
from feedback.store.upsert import insert
from feedback.tables import Notice, now

_FRESH = timedelta(days=1)  # What could not be said for so long is news no more.


class Notices:
    def __init__(self, database: Database) -> None:
        self._database = database

    def post(self, key: str, kind: str, platform: str, channel: str, facts: Mapping[str, Any]) -> bool:
        """Have it said. False if it was posted before."""
        row = Notice(key=key, kind=kind, platform=platform, channel=channel, facts=dict(facts))
        with self._database.writing() as session:
            new = insert(session, row).on_conflict_do_nothing(index_elements=["key"])
            return session.execute(new.returning(col(Notice.id))).scalar() is not None

    def take(self, platform: str, herald: str, seconds: float) -> list[NoticeRecord]:
        """Take what is not said and nobody keeps, oldest first, for so long."""
        moment = now()
        with self._database.writing() as session:
            taken = session.scalars(
                update(Notice)
                .where(
                    col(Notice.platform) == platform,
                    col(Notice.closed_at).is_(None),
                    col(Notice.created_at) > moment - _FRESH,
                    or_(col(Notice.herald).is_(None), col(Notice.herald_until) < moment),
                )
                .values(herald=herald, herald_until=moment + timedelta(seconds=seconds))
                .returning(Notice)
            )
            return sorted((_record(row) for row in taken), key=lambda record: record.id)

    def posted(self, notice_id: int, message: str) -> None:
        """Keep which message says it."""
        self._change(notice_id, message=message)

    def close(self, notice_id: int, failure: str | None = None) -> None:
        """It is said, or it cannot be."""
        self._change(notice_id, closed_at=now(), failure=failure)

    def last(self, kind: str) -> datetime | None:
        """When the newest notice of a kind was posted."""
        with self._database.reading() as session:
            return session.scalar(select(func.max(Notice.created_at)).where(col(Notice.kind) == kind))

    def _change(self, notice_id: int, **changes: Any) -> None:
        with self._database.writing() as session:
            session.execute(update(Notice).where(col(Notice.id) == notice_id).values(**changes))


def _record(row: Notice) -> NoticeRecord:
    return NoticeRecord(
        row.id, row.kind, row.platform, row.channel, row.facts, row.message or "", row.created_at
    )
