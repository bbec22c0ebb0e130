"""Work in slices between the steps of the writing: all of it, and nothing of it harms the writing."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest

from generation.engine import EngineClosed, WritingRequest
from generation.errand import Errand, Slices, at_once
from generation.forms import FORMS
from generation.local_engine import LocalEngine
from generation.prompts import messages_for
from generation.sampling import GREEDY
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE

Does = Callable[[Slices[Any]], Any]


def asked(tokens: int) -> WritingRequest:
    return WritingRequest(messages_for(FORMS["poem"], "rain"), 7, tokens, GREEDY)


def counting(slices: int) -> Slices[int]:
    for _ in range(slices):
        yield
    return slices


def failing() -> Slices[None]:
    yield
    raise ValueError("half-way")


@pytest.fixture(params=["at once", "between steps"])
def does(request: pytest.FixtureRequest, engine: LocalEngine) -> Does:
    return at_once if request.param == "at once" else engine.between_steps


@pytest.mark.parametrize("slices", [0, 1, 3])
def test_work_gives_what_its_slices_return(does: Does, slices: int) -> None:
    assert does(counting(slices)) == slices


def test_one_slice_is_done_when_there_is_no_time_left() -> None:
    errand = Errand(counting(2))
    done = []
    for _ in range(3):
        errand.go_on(0.0)
        done.append(errand.result.done())
    assert done == [False, False, True]


def test_work_that_fails_raises_where_it_was_asked_for(does: Does) -> None:
    with pytest.raises(ValueError, match="half-way"):
        does(failing())
    assert does(counting(2)) == 2


def test_a_text_is_written_between_the_slices_as_if_there_were_none(engine: LocalEngine) -> None:
    expected = engine.submit(asked(15)).result(DEADLINE).text
    ticket, written = engine.submit(asked(15)), Event()

    def wait() -> None:
        ticket.result(DEADLINE)
        written.set()

    def until_it_is_written() -> Slices[int]:
        slices = 0
        while not written.wait(0.02):  # Longer than the slices between two steps may take together.
            slices += 1
            yield
        return slices

    Thread(target=wait, daemon=True).start()
    slices = engine.between_steps(until_it_is_written())
    assert ticket.result(DEADLINE).text == expected
    assert slices <= 16  # One for each step, at most, and one before it is seen to end.


def test_a_step_that_does_not_end_is_seen_and_an_idle_engine_takes_no_time(engine: LocalEngine) -> None:
    held, go_on = Event(), Event()

    def stuck() -> Slices[float]:
        held.set()
        go_on.wait(30)
        lasted = engine.step_takes()
        yield
        return lasted

    took: list[float] = []
    waiting = Thread(target=lambda: took.append(engine.between_steps(stuck())), daemon=True)
    waiting.start()
    assert held.wait(30)
    before = engine.step_takes()
    go_on.set()
    waiting.join(30)
    assert 0 < before < took[0]
    assert engine.submit(asked(2)).result(DEADLINE).tokens
    assert any(engine.step_takes() == 0 for _ in range(10**6))  # A moment later, at the latest.


def test_work_that_the_engine_does_not_live_to_end_is_refused(live: LoadedVersion) -> None:
    engine = LocalEngine(live)
    under_way, refused = Event(), Event()

    def endless() -> Slices[None]:
        while True:
            under_way.set()
            yield

    def ask() -> None:
        with pytest.raises(EngineClosed):
            engine.between_steps(endless())
        refused.set()

    Thread(target=ask, daemon=True).start()
    assert under_way.wait(30)
    engine.close()
    assert refused.wait(30)
    with pytest.raises(EngineClosed):
        engine.between_steps(counting(1))
