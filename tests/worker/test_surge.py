"""Operators hear of readers who are unhappy, and not of chance, of one reader, or of the same thing twice."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from feedback.records import Opinion
from worker.surge import rise_of, surge

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
Votes = Sequence[tuple[float, int, int]]  # Hours ago; readers who liked, readers who disliked.


def opinions(votes: Votes) -> list[Opinion]:
    given = []
    for hours, liked, disliked in votes:
        values = [1.0] * liked + [-1.0] * disliked
        given += [Opinion(n, value, NOW - timedelta(hours=hours)) for n, value in enumerate(values)]
    return given


WEEK: Votes = [(hours + 1.5, 8, 2) for hours in range(48)]


@pytest.mark.parametrize(
    ("votes", "told", "rises"),
    [
        ([], None, False),
        ([(0.5, 2, 8)], None, False),  # Before there is anything to compare with, more has to come.
        ([(0.5, 0, 12)], None, True),
        ([*WEEK, (0.5, 8, 2)], None, False),
        ([*WEEK, (0.5, 0, 4)], None, False),  # Too few to send a message for.
        ([*WEEK, (0.5, 2, 8)], None, True),
        ([*WEEK, (0.5, 5, 5)], None, False),  # May be chance.
        ([*WEEK, (0.5, 20, 20)], None, True),
        ([*WEEK, (0.5, 300, 120)], None, False),  # Surely more than usual, and still not much.
        ([*WEEK, (0.5, 2, 8)], 1, False),  # Told an hour ago.
        ([*WEEK, (0.5, 2, 8)], 13, True),
        ([(hours + 1.5, 3, 7) for hours in range(48)] + [(0.5, 3, 7)], None, False),  # As unhappy as ever.
    ],
)
def test_what_is_a_surge(votes: Votes, told: int | None, rises: bool) -> None:
    before = NOW - timedelta(hours=told) if told is not None else None

    assert (surge(opinions(votes), NOW, before) is not None) == rises


def test_one_reader_is_one_reader_however_often_they_vote() -> None:
    loud = [Opinion(1, -1.0, NOW - timedelta(minutes=n)) for n in range(50)]

    assert rise_of(loud, NOW).now.count == 1
    assert surge([*opinions(WEEK), *loud], NOW, None) is None


def test_the_chance_is_that_of_fishers_test() -> None:
    rise = rise_of(opinions([(0.5, 1, 9), (2, 8, 2)]), NOW)

    # 9 of 10 against 5 of 20 (2 of 10, and 3 of 10 that are taken for usual): 14 unhappy of 30.
    nine_or_ten = 2002 * 16 + 1001  # C(14, 9) · C(16, 1) + C(14, 10)
    assert rise.chance == pytest.approx(nine_or_ten / 30_045_015)  # C(30, 10)


def test_chance_alone_hardly_ever_rises() -> None:
    draw = random.Random(7)
    week: Votes = [(hours + 0.5, *_drawn(draw)) for hours in range(400)]
    given = opinions(week)
    told = 0
    for hours in range(168):
        moment = NOW - timedelta(hours=hours)
        seen = [one for one in given if moment - timedelta(days=7) <= one.given_at <= moment]
        told += surge(seen, moment, None) is not None

    assert told <= 1


def _drawn(draw: random.Random) -> tuple[int, int]:
    disliked = sum(draw.random() < 0.3 for _ in range(15))
    return 15 - disliked, disliked
