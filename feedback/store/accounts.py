"""What readers settle about themselves: a language, and whether may be learned from them."""

from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import col

from feedback.database import Database
from feedback.holdings import Settled
from feedback.store.readers import Readers
from feedback.tables import Reader, now


class Accounts:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def settled(self, platform: str, workspace: str, user: str) -> Settled:
        """What the reader has settled, or the defaults."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            row = session.execute(
                select(func.coalesce(col(Reader.language), ""), self._readers.willing(Reader)).where(
                    col(Reader.id) == reader_id
                )
            ).first()
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

    def ask_consent(self, platform: str, workspace: str, user: str) -> bool:
        """True for the first who asks this, of all processes; then False."""
        reader_id = self._readers.id_of(self._database, platform, workspace, user)
        unasked = (col(Reader.id) == reader_id, col(Reader.consent_asked_at).is_(None))
        with self._database.reading() as session:  # Nearly all were asked long ago: nobody has to wait.
            if session.scalar(select(col(Reader.id)).where(*unasked)) is None:
                return False
        asking = update(Reader).where(*unasked).values(consent_asked_at=now()).returning(col(Reader.id))
        with self._database.writing() as session:
            return session.execute(asking).scalar() is not None
