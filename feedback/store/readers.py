"""Know a reader again without keeping who it is."""

import hashlib
import hmac
from typing import Any

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.orm import Session
from sqlmodel import col, select

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

    def kept(
        self, session: Session, platform: str, workspace: str, user: str, locale: str | None = None
    ) -> int:
        """The reader's id, kept now if it was not. A given locale becomes the reader's own."""
        reader = Reader(
            platform=platform, workspace=workspace, user_key=self.user_key(user), locale=locale or "en"
        )
        new = insert(session, reader)
        # Something must be set for the id of an existing row to be returned.
        changed = {"locale": new.excluded.locale} if locale else {"user_key": new.excluded.user_key}
        statement = new.on_conflict_do_update(
            index_elements=["platform", "workspace", "user_key"], set_=changed
        ).returning(col(Reader.id))
        return session.execute(statement).scalar_one()
