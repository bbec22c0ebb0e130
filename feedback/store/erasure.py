"""Erasure: remove everything that is kept of a reader, and say what had learned from it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from feedback.database import Database
from feedback.holdings import Holdings, Removed
from feedback.records import FORGOTTEN
from feedback.store.choices import STANDING
from feedback.store.learned_from import learned_from
from feedback.store.readers import Readers
from feedback.tables import (
    Completion,
    DatasetItem,
    Demonstration,
    EarlyVote,
    Message,
    Preference,
    Prompt,
    Rating,
    RatingEvent,
    Reader,
    TrainingRun,
    now,
)

_OPEN = col(Prompt.status).in_(["waiting", "writing"])


class Erasure:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def holdings(self, platform: str, workspace: str, user: str) -> Holdings:
        """How many rows there are of the reader."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            return Holdings() if reader_id is None else _holdings(session, reader_id)

    def erase(self, platform: str, workspace: str, user: str) -> Removed:
        """Remove the reader with all that was asked, written for them, and held of it by anybody."""
        with self._database.writing() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            if reader_id is None:
                return Removed(Holdings(), (), ())
            stopped = _hold_still(session, reader_id)
            learned = learned_from(session, reader_id)
            _tell_the_run(session, learned.snapshots)
            removed = Removed(
                _holdings(session, reader_id),
                learned.versions,
                tuple(stopped),
                learned.snapshots,
                learned.critics,
            )
            _forget_words_elsewhere(session, reader_id)
            _delete(session, reader_id)
        self._database.forget_pages()
        return removed


def _prompts(reader_id: int) -> Any:
    return select(col(Prompt.id)).where(col(Prompt.reader_id) == reader_id)


def _pieces(reader_id: int) -> Any:
    return select(col(Completion.id)).where(col(Completion.prompt_id).in_(_prompts(reader_id)))


def _hold_still(session: Session, reader_id: int) -> list[int]:
    """Stop what is under way. Until the transaction ends nobody adds to what is removed (PostgreSQL)."""
    session.execute(select(col(Reader.id)).where(col(Reader.id) == reader_id).with_for_update()).all()
    running = select(col(TrainingRun.id)).where(col(TrainingRun.status) == "running")
    session.execute(running.with_for_update()).all()  # It takes up no dataset meanwhile.
    stopped = session.scalars(
        update(Prompt)
        .where(col(Prompt.reader_id) == reader_id, _OPEN)
        .values(status="cancelled", failure="cancelled", lease=None, lease_until=None, finished_at=now())
        .returning(col(Prompt.id))
    ).all()
    session.execute(_prompts(reader_id).with_for_update()).all()
    session.execute(_pieces(reader_id).with_for_update()).all()
    return sorted(stopped)


def _holdings(session: Session, reader_id: int) -> Holdings:
    def count(table: Any, *which: Any) -> int:
        return session.execute(select(func.count()).select_from(table).where(*which)).scalar_one()

    return Holdings(
        prompts=count(Prompt, col(Prompt.reader_id) == reader_id),
        completions=count(Completion, col(Completion.prompt_id).in_(_prompts(reader_id))),
        ratings=count(Rating, col(Rating.reader_id) == reader_id),
        preferences=count(Preference, col(Preference.reader_id) == reader_id, STANDING),
        demonstrations=count(Demonstration, col(Demonstration.reader_id) == reader_id),
        since=session.scalar(select(col(Reader.created_at)).where(col(Reader.id) == reader_id)),
    )


def _tell_the_run(session: Session, snapshots: Sequence[int]) -> None:
    """A run under way may hold what is erased: in its dataset, or in memory while it still reads."""
    holds_it = or_(
        col(TrainingRun.snapshot_id).is_(None),
        col(TrainingRun.snapshot_id).in_(snapshots),
    )
    session.execute(
        update(TrainingRun).where(col(TrainingRun.status) == "running", holds_it).values(erased_at=now())
    )


def _own_versions(reader_id: int) -> Any:
    return select(col(Demonstration.id)).where(col(Demonstration.reader_id) == reader_id)


def _forget_words_elsewhere(session: Session, reader_id: int) -> None:
    """Others' follow-ups took over a piece's theme; those not written yet cannot be without the piece."""
    begun = _begun_by(reader_id)
    theirs = (col(Prompt.reader_id) != reader_id, col(Prompt.id).in_(select(begun.c.id)))
    session.execute(
        update(Prompt).where(*theirs).values(theme=FORGOTTEN).execution_options(synchronize_session=False)
    )
    after = (
        col(Prompt.reader_id) != reader_id,
        col(Prompt.parent_completion_id).in_(_pieces(reader_id)),
    )
    gone = {"status": "failed", "failure": "nothing-to-follow", "lease": None, "lease_until": None}
    session.execute(
        update(Prompt)
        .where(*after, _OPEN)
        .values(**gone, finished_at=now())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Prompt)
        .where(*after)
        .values(parent_completion_id=None)
        .execution_options(synchronize_session=False)
    )


def _begun_by(reader_id: int) -> CTE:
    """The prompts with which the reader began a piece, and all that followed up on them."""
    begun = select(col(Prompt.id)).where(col(Prompt.reader_id) == reader_id, col(Prompt.kind) == "new")
    line = begun.cte("begun", recursive=True)
    later, before = aliased(Prompt), aliased(Completion)
    return line.union(
        select(col(later.id))
        .join(before, col(later.parent_completion_id) == col(before.id))
        .join(line, col(before.prompt_id) == line.c.id)
    )


def _delete(session: Session, reader_id: int) -> None:
    """Children first."""
    prompts, pieces = _prompts(reader_id), _pieces(reader_id)
    by_table: dict[Any, tuple[Any, ...]] = {
        DatasetItem: (
            col(DatasetItem.completion_id).in_(pieces),
            col(DatasetItem.rejected_id).in_(pieces),
            col(DatasetItem.demonstration_id).in_(_own_versions(reader_id)),
        ),
        Preference: (
            col(Preference.reader_id) == reader_id,
            col(Preference.winner_id).in_(pieces),
            col(Preference.loser_id).in_(pieces),
            col(Preference.shown_first_id).in_(pieces),
        ),
        Demonstration: (
            col(Demonstration.reader_id) == reader_id,
            col(Demonstration.completion_id).in_(pieces),
        ),
        EarlyVote: (col(EarlyVote.reader_id) == reader_id, col(EarlyVote.prompt_id).in_(prompts)),
        RatingEvent: (col(RatingEvent.reader_id) == reader_id, col(RatingEvent.completion_id).in_(pieces)),
        Rating: (col(Rating.reader_id) == reader_id, col(Rating.completion_id).in_(pieces)),
        Message: (col(Message.prompt_id).in_(prompts),),
        Completion: (col(Completion.prompt_id).in_(prompts),),
        Prompt: (col(Prompt.reader_id) == reader_id,),
        Reader: (col(Reader.id) == reader_id,),
    }
    for table, any_of in by_table.items():
        session.execute(delete(table).where(or_(*any_of)).execution_options(synchronize_session=False))
