"""A cron expression means the same to the clock, which is Celery's, and to whoever asks when it is due."""

from datetime import UTC, datetime

import pytest

from worker.clock import _cron as celery_cron
from worker.cron import is_cron, last_before, next_after


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("30 3 * * *", datetime(2026, 1, 2, 3, 30, tzinfo=UTC)),
        ("30 3 * * 1", datetime(2026, 1, 5, 3, 30, tzinfo=UTC)),
        ("0 */6 * * *", datetime(2026, 1, 1, 6, tzinfo=UTC)),
        ("0 0 13 * 5", datetime(2026, 2, 13, tzinfo=UTC)),
    ],
)
def test_it_is_due_next_when_the_clock_asks_for_it(cron: str, expected: datetime) -> None:
    moment = datetime(2026, 1, 1, 3, 30, tzinfo=UTC)
    last, until_next, _ = celery_cron(cron).remaining_delta(moment)

    assert next_after(moment, cron) == expected
    assert last + until_next == expected


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 9 * * 1", datetime(2026, 3, 9, 9, tzinfo=UTC)),
        ("0 9 13 * 5", datetime(2026, 2, 13, 9, tzinfo=UTC)),
    ],
)
def test_it_was_due_last_when_date_and_weekday_were_right(cron: str, expected: datetime) -> None:
    assert last_before(datetime(2026, 3, 13, 8, tzinfo=UTC), cron) == expected


@pytest.mark.parametrize("expression", ["", "* * * *", "61 * * * *", "* * * * * *", "@daily"])
def test_what_is_no_cron_expression_of_five_fields_is_told(expression: str) -> None:
    assert not is_cron(expression)
