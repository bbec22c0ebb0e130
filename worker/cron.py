"""When a cron expression is due, read as the clock reads it: date and weekday must both be right."""

from datetime import datetime

from croniter import croniter


def is_cron(expression: str) -> bool:
    """Whether it is one of five fields: minute hour day month weekday."""
    return len(expression.split()) == 5 and bool(croniter.is_valid(expression))


def next_after(moment: datetime, expression: str) -> datetime:
    found: datetime = croniter(expression, moment, day_or=False).get_next(datetime)
    return found


def last_before(moment: datetime, expression: str) -> datetime:
    found: datetime = croniter(expression, moment, day_or=False).get_prev(datetime)
    return found
