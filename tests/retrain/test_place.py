"""Training keeps to its hours."""

from datetime import UTC, datetime

import pytest

from retrain.place import BadWindow, Place, Window


@pytest.mark.parametrize(
    ("window", "hour", "open_"),
    [
        ("22:00-06:00", 23, True),
        ("22:00-06:00", 3, True),
        ("22:00-06:00", 6, False),
        ("22:00-06:00", 12, False),
        ("01:00-05:00", 1, True),
        ("01:00-05:00", 5, False),
    ],
)
def test_a_window_may_pass_midnight_and_is_closed_at_its_end(window: str, hour: int, open_: bool) -> None:
    assert Place(window=window).may_compute(datetime(2026, 3, 20, hour, tzinfo=UTC)) is open_


def test_without_a_window_every_hour_will_do() -> None:
    assert Place().may_compute(datetime(2026, 3, 20, 12, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "22-6", "24:00-06:00", "22:00", "22:60-23:00"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(BadWindow, match="22:00-06:30"):
        Window.read(text)
