"""What may be learned from: both who rated and who asked consent, and neither is blocked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from feedback.conversation import FOLLOW_UPS
from feedback.database import Database
from feedback.lessons import Preferred, Rewritten, Vote, Written
from feedback.records import FORGOTTEN
from feedback.store.choices import STANDING
from feedback.store.readers import Readers
from feedback.tables import (
    Completion,
    Demonstration,
    Preference,
    Prompt,
    Rating,
    RatingEvent,
    Reader,
)

_AT_ONCE = 5_000  # Rows in memory of a result that may have millions.
_IDS = 500  # In one query.

_judge, _asker = aliased(Reader), aliased(Reader)


class Lessons:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def votes(self, until: datetime) -> Iterator[Vote]:
        """Every rating that stood then, those of one text together, then by completion and reader."""
        rows = self._rated(
            select(
                col(Completion.text_sha256),
                col(Completion.id),
                col(_judge.id),
                col(_judge.role),
                _value_at(until),
                col(Prompt.id),
                col(Prompt.form),
                col(Prompt.theme),
                col(Prompt.language),
                col(Prompt.kind),
                col(Prompt.split_bucket),
                col(Completion.model_version),
            ),
            until,
        ).order_by(col(Completion.text_sha256), col(Completion.id), col(_judge.id))
        for row in self._stream(rows):
            yield Vote._make(row)

    def fresh(self, since: datetime | None, until: datetime) -> int:
        """How many ratings, choices and own versions for a dataset were given or changed since."""
        ratings = self._rated(select(col(Rating.id)), until)
        # One choice is a row for each variant that was not chosen.
        choosing = select(col(Preference.reader_id), col(Preference.winner_id)).distinct()
        choices = self._chosen(choosing, until)
        own = self._rewritten(select(col(Demonstration.id)), until)
        given = (
            (ratings, col(Rating.updated_at)),
            (choices, col(Preference.created_at)),
            (own, col(Demonstration.created_at)),
        )
        with self._database.reading() as session:
            return sum(session.execute(_count_of(rows, moment, since)).scalar_one() for rows, moment in given)

    def preferences(self, until: datetime) -> Iterator[Preferred]:
        """Every choice that stood then, oldest first."""
        columns = select(
            col(Preference.winner_id),
            col(Preference.loser_id),
            col(_judge.id),
            col(_judge.role),
            *_asked(),
        )
        for row in self._stream(self._chosen(columns, until).order_by(col(Preference.id))):
            yield Preferred._make(row)

    def demonstrations(self, until: datetime) -> Iterator[Rewritten]:
        """The newest of each reader for each completion."""
        columns = select(
            col(Demonstration.id),
            col(Demonstration.completion_id),
            col(Prompt.id),
            col(_judge.id),
            col(_judge.role),
            *_asked(),
            col(Demonstration.text),
            col(Completion.text),
        )
        for row in self._stream(self._rewritten(columns, until).order_by(col(Demonstration.id))):
            yield Rewritten._make(row)

    def written(self, completion_ids: Sequence[int]) -> dict[int, Written]:
        """The texts of these completions."""
        found: dict[int, Written] = {}
        columns = (
            col(Completion.id),
            col(Prompt.form),
            col(Prompt.theme),
            col(Prompt.language),
            col(Completion.text),
        )
        with self._database.reading() as session:
            for start in range(0, len(completion_ids), _IDS):
                some = col(Completion.id).in_(list(completion_ids[start : start + _IDS]))
                rows = select(*columns).join(Prompt, col(Completion.prompt_id) == col(Prompt.id)).where(some)
                found.update((row[0], Written._make(row)) for row in session.execute(rows))
        return found

    def _rated(self, columns: Any, until: datetime) -> Select[Any]:
        rows = self._permitted(columns.select_from(Rating), col(Rating.completion_id), col(Rating.reader_id))
        return rows.where(col(Rating.created_at) <= until, _value_at(until).is_not(None))

    def _chosen(self, columns: Any, until: datetime) -> Select[Any]:
        chosen = columns.select_from(Preference)
        rows = self._permitted(chosen, col(Preference.winner_id), col(Preference.reader_id))
        return rows.where(
            col(Preference.created_at) <= until, or_(STANDING, col(Preference.revoked_at) > until)
        )

    def _rewritten(self, columns: Any, until: datetime) -> Select[Any]:
        newest = (
            select(func.max(col(Demonstration.id)))
            .where(col(Demonstration.created_at) <= until)
            .group_by(col(Demonstration.completion_id), col(Demonstration.reader_id))
        )
        own = columns.select_from(Demonstration)
        rows = self._permitted(own, col(Demonstration.completion_id), col(Demonstration.reader_id))
        return rows.where(col(Demonstration.id).in_(newest))

    def _permitted(self, given: Any, completion_id: Any, reader_id: Any) -> Select[Any]:
        """What readers gave to texts, where who gave it and who asked for the text are willing.

        Words of a reader who was erased are gone from follow-ups: those teach nothing.
        """
        rows: Select[Any] = (
            given.join(Completion, completion_id == col(Completion.id))
            .join(Prompt, col(Completion.prompt_id) == col(Prompt.id))
            .join(_judge, reader_id == col(_judge.id))
            .join(_asker, col(Prompt.reader_id) == col(_asker.id))
        )
        return rows.where(
            self._readers.willing(_judge), self._readers.willing(_asker), col(Prompt.theme) != FORGOTTEN
        )

    def _stream(self, rows: Select[Any]) -> Iterator[Any]:
        """One consistent look at the rows, however many, a few of them in memory at a time."""
        with self._database.reading() as session:
            # Past the ORM, which takes longer for a row than all that is done with it.
            connection = session.connection()
            if self._database.dialect == "postgresql":  # Who rates meanwhile needs the other cores.
                connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
            with connection.execute(rows, execution_options={"yield_per": _AT_ONCE}) as found:
                yield from found


def _value_at(until: datetime) -> ColumnElement[float | None]:
    """What a rating was worth then; NULL if it was withdrawn. The history is asked only where it went on."""
    before = (
        select(col(RatingEvent.value))
        .where(
            col(RatingEvent.completion_id) == col(Rating.completion_id),
            col(RatingEvent.reader_id) == col(Rating.reader_id),
            col(RatingEvent.source) == col(Rating.source),
            col(RatingEvent.created_at) <= until,
        )
        .order_by(col(RatingEvent.id).desc())
        .limit(1)
        .correlate(Rating)
        .scalar_subquery()
    )
    return case(
        (col(Rating.updated_at) > until, before),
        (col(Rating.revoked_at).is_(None), col(Rating.value)),
    )


def _count_of(rows: Select[Any], moment: Any, since: datetime | None) -> Select[Any]:
    """How many of them are newer; nothing is learned from follow-ups."""
    rows = rows.where(col(Prompt.kind).not_in(FOLLOW_UPS))
    if since is not None:
        rows = rows.where(moment > since)
    return select(func.count()).select_from(rows.subquery())


def _asked() -> tuple[Any, ...]:
    return (
        col(Prompt.form),
        col(Prompt.theme),
        col(Prompt.language),
        col(Prompt.kind),
        col(Prompt.split_bucket),
    )
