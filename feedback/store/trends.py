"""How versions are rated, day by day, and what a run's dataset is made of: counts, and no names."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Integer, case, cast, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.database import Database
from feedback.tables import Completion, DatasetItem, DatasetSnapshot, Prompt, Rating


@dataclass(frozen=True, slots=True)
class RatedDay:
    """What readers held of the pieces that a version wrote on a day (UTC). A reader counts once a piece."""

    version: str
    day: date
    liked: int
    rated: int


@dataclass(frozen=True, slots=True)
class Composition:
    """What a run learned from and was judged on."""

    items: int  # When it was made;
    left: int  # and those whose readers have not been erased since.
    by_kind: Mapping[tuple[str, str, bool], int]  # Split, kind and liked → items.
    by_form: Mapping[tuple[str, bool], int]  # Form and liked → items that are trained on.
    asked: int  # Readers who had asked for the pieces,
    rated: int  # and readers who rated them.


class Trends:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ratings(self, since: datetime) -> list[RatedDay]:
        """By version and day, oldest first, of pieces written since then."""
        with self._database.reading() as session:
            day = _day(session).label("day")
            # Only what was written since then is looked at, by the index: a page asks again and again.
            held = (
                select(
                    col(Completion.model_version).label("version"),
                    day,
                    func.avg(col(Rating.value)).label("value"),
                )
                .join(Rating, col(Rating.completion_id) == col(Completion.id))
                .where(col(Completion.created_at) >= since, col(Rating.revoked_at).is_(None))
                .group_by(col(Completion.id), col(Rating.reader_id))
                .subquery()
            )
            rows = session.execute(
                select(
                    held.c.version,
                    held.c.day,
                    func.sum(cast(case((held.c.value > 0, 1), else_=0), Integer)),
                    func.count(),
                )
                .group_by(held.c.version, held.c.day)
                .order_by(held.c.day, held.c.version)
            )
            return [RatedDay(name, _date(when), int(liked), int(rated)) for name, when, liked, rated in rows]

    def composition(self, snapshot_id: int) -> Composition:
        """Of a snapshot; of one that was never kept, nothing."""
        mine = col(DatasetItem.snapshot_id) == snapshot_id
        pieces = select(col(DatasetItem.completion_id)).where(mine)
        with self._database.reading() as session:
            kinds = session.execute(
                select(col(DatasetItem.split), col(DatasetItem.kind), col(DatasetItem.label), func.count())
                .where(mine)
                .group_by(col(DatasetItem.split), col(DatasetItem.kind), col(DatasetItem.label))
            ).all()
            forms = session.execute(
                select(col(Prompt.form), col(DatasetItem.label), func.count())
                .join(Completion, col(Completion.id) == col(DatasetItem.completion_id))
                .join(Prompt, col(Prompt.id) == col(Completion.prompt_id))
                .where(mine, col(DatasetItem.split) == "train")
                .group_by(col(Prompt.form), col(DatasetItem.label))
            ).all()
            askers = (
                select(func.count(col(Prompt.reader_id).distinct()))
                .join(Completion, col(Prompt.id) == col(Completion.prompt_id))
                .where(col(Completion.id).in_(pieces))
            )
            raters = select(func.count(col(Rating.reader_id).distinct())).where(
                col(Rating.completion_id).in_(pieces), col(Rating.revoked_at).is_(None)
            )
            items = session.scalar(
                select(col(DatasetSnapshot.items)).where(col(DatasetSnapshot.id) == snapshot_id)
            )
            return Composition(
                items=items or 0,
                left=sum(count for *_, count in kinds),
                by_kind=Counter({(split, kind, liked): count for split, kind, liked, count in kinds}),
                by_form=Counter({(form, liked): count for form, liked, count in forms}),
                asked=session.execute(askers).scalar_one(),
                rated=session.execute(raters).scalar_one(),
            )


def _day(session: Session) -> ColumnElement[object]:
    """The day of a completion in UTC, in the database's own words."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.timezone("UTC", col(Completion.created_at)), Date)
    return func.date(col(Completion.created_at))


def _date(found: date | str) -> date:
    return found if isinstance(found, date) else date.fromisoformat(found)
