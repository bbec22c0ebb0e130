"""The demo asks for as much as the machine does in some ten minutes."""

import pytest

from worker.demo_size import size_for, speed_here
from worker.settings import Settings


@pytest.mark.parametrize(("speed", "of_themes"), [(20, 2), (49, 2), (80, 1), (150, 1), (900, 1)])
def test_a_slow_machine_is_asked_for_half_of_the_themes_and_says_so(speed: float, of_themes: int) -> None:
    size = size_for(speed)
    assert size.of_themes == of_themes
    assert bool(size.says) == (of_themes > 1)


@pytest.mark.parametrize("speed", [20, 900])
def test_what_is_changed_are_settings(speed: float) -> None:
    assert Settings(**size_for(speed).changes)


def test_a_machine_has_a_speed() -> None:
    assert speed_here() > 0
