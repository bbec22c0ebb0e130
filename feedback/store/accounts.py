"""What readers settle about themselves: a language, and whether may be learned from them."""

from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlmodel import col

from feedback.database import Database
from feedback.holdings import Settled
from feedback.store.readers import THIS_READER, Readers
from feedback.tables import Reader, now

_ASKED = select(col(Reader.id)).where(*THIS_READER, col(Reader.consent_asked_at).is_not(None))
_ASKING = (
    update(Reader)
    .where(col(Reader.id) == bindparam("its_id"), col(Reader.consent_asked_at).is_(None))
    .values(consent_asked_at=bindparam("moment"))
    .returning(col(Reader.id))
)


class Accounts:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers
        self._settled = select(func.coalesce(col(Reader.language), ""), readers.willing(Reader)).where(
            *THIS_READER
        )

    def settled(self, platform: str, workspace: str, user: str) -> Settled:
        """What the reader has settled, or the defaults."""
        with self._database.reading_rows() as rows:
            row = rows.execute(self._settled, self._readers.this(platform, workspace, user)).first()
            return Settled(*row) if row is not None else Settled(consent=self._readers.consent_default)

    def settle(
        self,
        platform: str,
        workspace: str,
        user: str,
        *,
        language: str | None = None,
        consent: bool | None = None,
    ) -> Settled:
        """Change what is given. Returns all of it."""
        changes: dict[str, Any] = {}
        if language is not None:
            changes["language"] = language or None
        if consent is not None:
            changes |= {"consent": consent, "consent_settled_at": now()}
        if changes:
            with self._database.writing() as session:
                reader_id = self._readers.kept(session, platform, workspace, user)
                session.execute(update(Reader).where(col(Reader.id) == reader_id).values(**changes))
        return self.settled(platform, workspace, user)

    def set_role(self, platform: str, workspace: str, user: str, role: str) -> None:
        """Keep whether this is a reader, a reviewer or an operator, who may never have asked for anything."""
        with self._database.writing() as session:
            reader_id = self._readers.kept(session, platform, workspace, user)
            session.execute(update(Reader).where(col(Reader.id) == reader_id).values(role=role))

    def consent_asked(self, platform: str, workspace: str, user: str) -> bool:
        """Whether somebody has asked this."""
        this = self._readers.this(platform, workspace, user)
        with self._database.reading_rows() as rows:
            return rows.scalar(_ASKED, this) is not None

    def ask_consent(self, platform: str, workspace: str, user: str) -> bool:
        """True for the first who asks this, of all processes; then False."""
        reader_id = self._readers.id_of(self._database, platform, workspace, user)
        with self._database.writing_rows() as rows:
            return rows.scalar(_ASKING, {"its_id": reader_id, "moment": now()}) is not None
