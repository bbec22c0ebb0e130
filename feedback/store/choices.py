"""Choices: a reader prefers one variant of a prompt to the others that were shown."""

from collections.abc import Iterable

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import UnknownRow
from feedback.store.answers import completion_ids
from feedback.store.readers import Readers
from feedback.store.upsert import insert
from feedback.tables import Completion, Message, Preference, Reader, now

STANDING = col(Preference.revoked_at).is_(None)


class Choices:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def choose(self, platform: str, workspace: str, user: str, winner: int, key: str = "") -> int:
        """Prefer it to every other variant that was shown; how many those are. Raises UnknownRow.

        The same choice again changes nothing, another one takes its place. One whose key is known has had
        its time: nothing is preferred by it.
        """
        mark = self._readers.mark(key)
        with self._database.writing() as session:
            reader_id = self._readers.kept(session, platform, workspace, user)
            _take_turns(session, reader_id)
            if mark is not None and _is_known(session, mark):
                return 0
            order = _shown(session, winner)
            losers = [completion_id for completion_id in order if completion_id != winner]
            _take_back(session, reader_id, winner, losers)
            for loser in losers:
                first = min(winner, loser, key=order.index)
                chosen = Preference(
                    reader_id=reader_id, winner_id=winner, loser_id=loser, shown_first_id=first, key=mark
                )
                session.execute(insert(session, chosen).on_conflict_do_nothing())
            return len(losers)

    def chosen(self, platform: str, workspace: str, user: str, among: Iterable[int]) -> set[int]:
        """Which of these completions the reader has chosen."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            winners = select(col(Preference.winner_id)).where(
                col(Preference.reader_id) == reader_id, col(Preference.winner_id).in_(list(among)), STANDING
            )
            return set(session.scalars(winners))


def _take_turns(session: Session, reader_id: int) -> None:
    """Another choice of the reader waits, and then takes this one back (PostgreSQL). Ratings do not wait."""
    this_reader = select(col(Reader.id)).where(col(Reader.id) == reader_id)
    session.execute(this_reader.with_for_update(key_share=True)).all()


def _is_known(session: Session, mark: str) -> bool:
    of_it = select(col(Preference.id)).where(col(Preference.key) == mark).limit(1)
    return session.scalar(of_it) is not None


def _shown(session: Session, winner: int) -> list[int]:
    """The variants beside the chosen one that some message shows, and that one itself, as they were shown."""
    prompt_id = session.scalar(select(col(Completion.prompt_id)).where(col(Completion.id) == winner))
    if prompt_id is None:
        raise UnknownRow(f"completion {winner}")
    in_message = select(col(Message.completion_id)).where(col(Message.prompt_id) == prompt_id)
    seen = {winner, *session.scalars(in_message)}
    return [completion_id for completion_id in completion_ids(session, prompt_id) if completion_id in seen]


def _take_back(session: Session, reader_id: int, winner: int, losers: list[int]) -> None:
    """What the reader chose of this prompt before, if it was something else."""
    session.execute(
        update(Preference)
        .where(
            col(Preference.reader_id) == reader_id,
            col(Preference.winner_id).in_(losers),
            col(Preference.loser_id).in_([winner, *losers]),
            STANDING,
        )
        .values(revoked_at=now())
    )
