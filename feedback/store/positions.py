"""Do readers choose what they are shown first?"""

from dataclasses import dataclass
from math import sqrt

from sqlalchemy import Integer, case, cast, func, select
from sqlmodel import col

from feedback.database import Database
from feedback.store.choices import STANDING
from feedback.tables import Preference


@dataclass(frozen=True, slots=True)
class PositionEffect:
    """Of all choices among variants: how many went to the first shown, and how many would by chance."""

    choices: int
    first: int
    by_chance: float  # Expected number.
    low: float  # 95 % interval of the share, after Wilson (1927).
    high: float

    @property
    def share(self) -> float:
        return self.first / self.choices if self.choices else 0.0

    @property
    def share_by_chance(self) -> float:
        return self.by_chance / self.choices if self.choices else 0.0


class Positions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def effect(self) -> PositionEffect:
        """A choice keeps one row for every variant that lost; the winner was first if it was before all."""
        before = cast(
            case((col(Preference.shown_first_id) == col(Preference.winner_id), 1), else_=0), Integer
        )
        each = (
            select(func.count().label("lost"), func.sum(before).label("before"))
            .where(col(Preference.shown_first_id).is_not(None), STANDING)
            .group_by(col(Preference.reader_id), col(Preference.winner_id))
            .subquery()
        )
        first = func.sum(case((each.c.before == each.c.lost, 1), else_=0))
        with self._database.reading() as session:
            choices, firsts, chance = session.execute(
                select(func.count(), first, func.sum(1.0 / (each.c.lost + 1))).select_from(each)
            ).one()
        low, high = wilson(int(firsts or 0), int(choices))
        return PositionEffect(int(choices), int(firsts or 0), float(chance or 0.0), low, high)


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share; all of 0 … 1 if nothing was seen."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / of / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
