"""Know a reader again without keeping who it is."""

import hashlib
import hmac

from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.store.upsert import insert
from feedback.tables import Reader


class Readers:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def user_key(self, user: str) -> str:
        return hmac.new(self._key, user.encode(errors="replace"), hashlib.sha256).hexdigest()

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
