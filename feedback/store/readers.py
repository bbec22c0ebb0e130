"""Know a reader again without keeping who it is."""

import hashlib
import hmac
from typing import Any

from sqlalchemy import ColumnElement, and_, true, update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import UnknownRow
from feedback.store.upsert import insert
from feedback.tables import Reader


class Readers:
    """`consent_default`: may be learned from readers who have not said whether?"""

    def __init__(self, key: bytes, consent_default: bool = True) -> None:
        self._key = key
        self.consent_default = consent_default

    def user_key(self, user: str) -> str:
        return hmac.new(self._key, user.encode(errors="replace"), hashlib.sha256).hexdigest()

    def willing(self, reader: Any) -> ColumnElement[bool]:
        """Of rows of readers: may be learned from them, and may others see what they asked for?"""
        settled = true() if self.consent_default else reader.consent_settled_at.is_not(None)
        return and_(reader.consent.is_(True), reader.blocked_at.is_(None), settled)

    def known(self, session: Session, platform: str, workspace: str, user: str) -> int | None:
        """The reader's id, if it was ever kept."""
        return session.scalar(
            select(Reader.id).where(
                col(Reader.platform) == platform,
                col(Reader.workspace) == workspace,
                col(Reader.user_key) == self.user_key(user),
            )
        )

    def id_of(self, database: Database, platform: str, workspace: str, user: str) -> int:
        """The reader's id, kept now if it was not; known ones are found without waiting for who writes."""
        with database.reading() as session:
            known = self.known(session, platform, workspace, user)
        if known is not None:
            return known
        with database.writing() as session:
            return self.kept(session, platform, workspace, user)

    def kept(
        self, session: Session, platform: str, workspace: str, user: str, locale: str | None = None
    ) -> int:
        """The reader's id, kept now if it was not. A given locale becomes the reader's own.

        A row that is there is not locked: two votes of one reader could wait for each other for ever.
        """
        known = self.known(session, platform, workspace, user)
        if known is None:
            reader = Reader(
                platform=platform, workspace=workspace, user_key=self.user_key(user), locale=locale or "en"
            )
            new = insert(session, reader).on_conflict_do_nothing().returning(col(Reader.id))
            known = session.execute(new).scalar()
        if known is None:  # Somebody else was quicker.
            known = self.known(session, platform, workspace, user)
        if known is None:
            raise UnknownRow("a reader who was erased at this moment")
        if locale:
            other = update(Reader).where(col(Reader.id) == known, col(Reader.locale) != locale)
            session.execute(other.values(locale=locale))
        return known
