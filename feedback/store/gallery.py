"""Pieces to look at: a reader's own, favourites of where one was, one that the reader may see."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from feedback.database import Database
from feedback.holdings import GalleryPiece
from feedback.records import UnknownRow
from feedback.store.confidence import in_shared_chat
from feedback.store.held import held
from feedback.store.readers import KNOWN, Readers
from feedback.tables import Completion, Prompt, Rating, Reader


class Gallery:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def recent(self, platform: str, workspace: str, user: str, limit: int) -> list[GalleryPiece]:
        """The reader's own pieces, newest first."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            own = _pieces().where(col(Prompt.reader_id) == reader_id)
            rows = session.execute(own.order_by(col(Completion.id).desc()).limit(limit))
            return [GalleryPiece(*row) for row in rows]

    def favourites_for(
        self, platform: str, workspace: str, user: str, since: datetime, limit: int
    ) -> list[GalleryPiece]:
        """Best-rated pieces since then, of readers who consent, in shared chats in which this reader was."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            here = (col(Prompt.platform) == platform, col(Prompt.workspace) == workspace, _was_in(reader_id))
            return self._best(session, since, limit, *here)

    def favourites_in(
        self, platform: str, workspace: str, chat: str, since: datetime, limit: int
    ) -> list[GalleryPiece]:
        """The same of one shared chat."""
        here = (
            col(Prompt.platform) == platform,
            col(Prompt.workspace) == workspace,
            col(Prompt.chat) == chat,
        )
        with self._database.reading() as session:
            return self._best(session, since, limit, *here)

    def _best(
        self, session: Session, since: datetime, limit: int, *here: ColumnElement[bool]
    ) -> list[GalleryPiece]:
        mine = held()
        # As if one more reader were indifferent: one delighted reader counts less than several.
        rank = func.sum(mine.c.value) / (func.count() + 1)
        liked = (
            _pieces()
            .join(Reader, col(Prompt.reader_id) == col(Reader.id))
            .join(mine, mine.c.completion_id == col(Completion.id))
            .where(*here, in_shared_chat())
            .where(self._readers.willing(Reader), col(Completion.created_at) >= since)
            .group_by(col(Completion.id), col(Prompt.id))
            .having(rank > 0)
            .order_by(rank.desc(), col(Completion.id).desc())
            .limit(limit)
        )
        return [GalleryPiece(*row) for row in session.execute(liked)]

    def piece(self, platform: str, workspace: str, user: str, completion_id: int) -> GalleryPiece:
        """The reader's own, or one of a shared chat in the same workspace. Raises UnknownRow."""
        this = self._readers.this(platform, workspace, user) | {"which": completion_id}
        with self._database.reading_rows() as rows:
            row = rows.execute(_SEEN, this).first()
            if row is None:
                raise UnknownRow(f"completion {completion_id}")
            return GalleryPiece(*row)

    def under_way(
        self, platform: str, workspace: str, user: str, there: tuple[str, str] | None = None
    ) -> list[int]:
        """The reader's prompts that are waiting or being written, oldest first; `there`: chat and thread."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            unfinished = col(Prompt.status).in_(["waiting", "writing"])
            here = (col(Prompt.chat) == there[0], col(Prompt.thread) == there[1]) if there else ()
            own = select(col(Prompt.id)).where(col(Prompt.reader_id) == reader_id, unfinished, *here)
            return list(session.scalars(own.order_by(col(Prompt.id))))


def _pieces() -> Select[Any]:
    """Completions as `GalleryPiece` takes them."""
    liked = (col(Rating.revoked_at).is_(None), col(Rating.value) > 0)
    likes = (
        select(func.count(col(Rating.reader_id).distinct()))
        .where(col(Rating.completion_id) == col(Completion.id), *liked)
        .correlate(Completion)
        .scalar_subquery()
    )
    return select(
        col(Completion.id),
        col(Prompt.form),
        col(Prompt.theme),
        col(Completion.text),
        likes,
        col(Completion.created_at),
    ).join(Prompt, col(Completion.prompt_id) == col(Prompt.id))


def _was_in(reader_id: int | None) -> ColumnElement[bool]:
    """Of chats in which the reader has asked or rated: others may be private, and no row says which are."""
    asked, rated = aliased(Prompt), aliased(Prompt)
    piece = aliased(Completion)
    there = select(col(asked.chat)).where(col(asked.reader_id) == reader_id)
    there_too = (
        select(col(rated.chat))
        .join(piece, col(piece.prompt_id) == col(rated.id))
        .join(Rating, col(Rating.completion_id) == col(piece.id))
        .where(col(Rating.reader_id) == reader_id)
    )
    return or_(col(Prompt.chat).in_(there), col(Prompt.chat).in_(there_too))


_HERE = and_(
    col(Prompt.platform) == bindparam("its_platform"),
    col(Prompt.workspace) == bindparam("its_workspace"),
    in_shared_chat(),
)
_OWN = col(Prompt.reader_id) == KNOWN.scalar_subquery()
_SEEN = _pieces().where(col(Completion.id) == bindparam("which"), or_(_OWN, _HERE))
