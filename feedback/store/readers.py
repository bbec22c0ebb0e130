"""Know a reader again without keeping who it is."""

import hashlib
import hmac
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, bindparam, true, update
from sqlmodel import col, select

from feedback.database import Database, Transaction
from feedback.records import UnknownRow
from feedback.store.upsert import dialect_of, insert_into, values_of
from feedback.tables import Reader

THIS_READER = (
    col(Reader.platform) == bindparam("its_platform"),
    col(Reader.workspace) == bindparam("its_workspace"),
    col(Reader.user_key) == bindparam("its_user_key"),
)
KNOWN = select(col(Reader.id)).where(*THIS_READER)
_KNOWN_WITH_LOCALE = select(col(Reader.id), col(Reader.locale)).where(*THIS_READER)
_IN_ANOTHER_LANGUAGE = (
    update(Reader).where(col(Reader.id) == bindparam("its_id")).values(locale=bindparam("its_locale"))
)


class Readers:
    """`consent_default`: may be learned from readers who have not said whether?"""

    def __init__(self, key: bytes, consent_default: bool = True) -> None:
        self._key = key
        self.consent_default = consent_default

    def user_key(self, user: str) -> str:
        return hmac.new(self._key, user.encode(errors="replace"), hashlib.sha256).hexdigest()

    def mark(self, key: str) -> str | None:
        """What is kept of the identity of what a reader sent; "" is none."""
        return self.user_key(key) if key else None

    def willing(self, reader: Any) -> ColumnElement[bool]:
        """Of rows of readers: may be learned from them, and may others see what they asked for?"""
        settled = true() if self.consent_default else reader.consent_settled_at.is_not(None)
        return and_(reader.consent.is_(True), reader.blocked_at.is_(None), settled)

    def this(self, platform: str, workspace: str, user: str) -> dict[str, str]:
        """What `THIS_READER` asks for."""
        return {
            "its_platform": platform,
            "its_workspace": workspace,
            "its_user_key": self.user_key(user),
        }

    def known(self, session: Transaction, platform: str, workspace: str, user: str) -> int | None:
        """The reader's id, if it was ever kept."""
        return session.execute(KNOWN, self.this(platform, workspace, user)).scalar()

    def id_of(self, database: Database, platform: str, workspace: str, user: str) -> int:
        """The reader's id, kept now if it was not; known ones are found without waiting for who writes."""
        with database.reading_rows() as rows:
            known = self.known(rows, platform, workspace, user)
        if known is not None:
            return known
        with database.writing_rows() as rows:
            return self.kept(rows, platform, workspace, user)

    def kept(
        self, session: Transaction, platform: str, workspace: str, user: str, locale: str | None = None
    ) -> int:
        """The reader's id, kept now if it was not. A given locale becomes the reader's own.

        A row that is there is not locked: two votes of one reader could wait for each other for ever.
        """
        this = self.this(platform, workspace, user)
        found: Any = session.execute(_KNOWN_WITH_LOCALE, this).first()
        if found is None:
            reader = Reader(
                platform=platform, workspace=workspace, user_key=self.user_key(user), locale=locale or "en"
            )
            new = session.execute(_new_reader(dialect_of(session)), values_of(reader)).scalar()
            if new is not None:
                return int(new)
            found = session.execute(_KNOWN_WITH_LOCALE, this).first()  # Somebody else was quicker.
        if found is None:
            raise UnknownRow("a reader who was erased at this moment")
        if locale and locale != found.locale:
            session.execute(_IN_ANOTHER_LANGUAGE, {"its_id": found.id, "its_locale": locale})
        return int(found.id)


@cache
def _new_reader(dialect: str) -> Executable:
    return insert_into(Reader, dialect).on_conflict_do_nothing().returning(col(Reader.id))
