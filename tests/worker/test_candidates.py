"""As many candidates as there is room for; another round while none may be shown."""

import threading

import pytest

from feedback.store import Store
from generation.engine import EngineFull, Ticket, WritingFailed, WritingRequest, Written
from generation.forms import FORMS, Form
from tests.worker.test_writing import PaperEngine, PaperTicket, accept, writing
from worker.candidates import CHOOSABLE, ROUNDS, candidates_for
from worker.writing import seed_of

HAIKU, STORY = FORMS["haiku"], FORMS["story"]


@pytest.mark.parametrize(
    ("form", "whole", "places", "prompts", "count"),
    [
        (HAIKU, True, 32, 1, HAIKU.candidates),
        (HAIKU, True, 32, 4, 4),
        (HAIKU, True, 32, 16, 1),
        (HAIKU, True, 32, 64, 1),
        (HAIKU, False, 32, 1, 1),
        (STORY, True, 32, 1, STORY.candidates),
        (HAIKU, True, 1, 0, 1),
    ],
)
def test_candidates_take_half_of_the_places_at_most(
    form: Form, whole: bool, places: int, prompts: int, count: int
) -> None:
    assert candidates_for(form, whole, places, prompts) == count


def test_a_critic_has_something_to_choose_from() -> None:
    assert candidates_for(STORY, True, 32, 1, critic=True) == CHOOSABLE > STORY.candidates
    assert candidates_for(STORY, True, 32, 8, critic=True) == 3
    assert candidates_for(HAIKU, True, 32, 1, critic=True) == HAIKU.candidates


def test_what_must_not_be_shown_is_written_again(store: Store) -> None:
    def outcome(request: WritingRequest) -> str:
        return "Voldemort" if request.seed == seed_of(1, 0) else "Rain"

    prompt_id = accept(store)
    writing(store, PaperEngine(outcome)).write(prompt_id)
    (answer,) = store.prompts.state(prompt_id).answers
    assert (answer.text, answer.seed) == ("Rain", seed_of(1, 1))


def test_a_prompt_that_brings_nothing_to_show_is_declined_in_words(store: Store) -> None:
    engine = PaperEngine(lambda _: "Voldemort")
    prompt_id = accept(store)
    writing(store, engine).write(prompt_id)
    state = store.prompts.state(prompt_id)
    assert (state.status, state.failure, len(engine.requests)) == ("failed", "blocked-text", ROUNDS)


def test_the_best_candidate_is_kept_and_one_that_fails_is_left_out(store: Store) -> None:
    written = {
        seed_of(1, 0): "Rain",
        seed_of(1, 1): "An old silent pond\nA frog jumps into the pond\nSplash! Silence again",
    }

    def outcome(request: WritingRequest) -> str:
        if request.seed not in written:
            raise WritingFailed("NaN")
        return written[request.seed]

    prompt_id = accept(store)
    writing(store, PaperEngine(outcome), at_once=6).write(prompt_id)
    (answer,) = store.prompts.state(prompt_id).answers
    assert (answer.seed, answer.mark) == (seed_of(1, 1), "5-7-5 ✓")


class Unmoved(PaperTicket):
    """Ends only when the engine lets go, cancelled or not."""

    def __init__(self, engine: "UnmovedEngine", request: WritingRequest) -> None:
        super().__init__(engine, request)
        self._let_go, self.waited_for = engine.let_go, threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def result(self, timeout: float | None = None) -> Written:
        self.waited_for.set()
        assert self._let_go.wait(10)
        return self._written("", "cancelled") if self.cancelled else super().result(timeout)


class UnmovedEngine(PaperEngine):
    """Takes so many texts at most."""

    def __init__(self, most: int = 100) -> None:
        super().__init__(lambda _: "Rain")
        self.most, self.let_go = most, threading.Event()
        self.tickets: list[Unmoved] = []

    def submit(self, request: WritingRequest) -> Ticket:
        if len(self.tickets) == self.most:
            raise EngineFull
        self.tickets.append(Unmoved(self, request))
        return self.tickets[-1]


def test_cancelling_a_prompt_stops_all_its_candidates_at_once(store: Store) -> None:
    engine, prompt_id = UnmovedEngine(), accept(store)
    under_way = writing(store, engine, at_once=6)
    thread = threading.Thread(target=under_way.write, args=(prompt_id,))
    thread.start()
    while not engine.tickets or not engine.tickets[0].waited_for.wait(0.01):
        assert thread.is_alive()
    under_way.cancel(prompt_id)
    assert [ticket.cancelled for ticket in engine.tickets] == [True] * 3
    engine.let_go.set()
    thread.join(10)
    assert store.prompts.state(prompt_id).answers == ()


def test_an_engine_that_is_full_after_some_candidates_is_left_by_all_of_them(store: Store) -> None:
    engine, prompt_id = UnmovedEngine(most=2), accept(store)
    writing(store, engine, at_once=6).write(prompt_id)
    assert [ticket.cancelled for ticket in engine.tickets] == [True, True]
    assert store.prompts.state(prompt_id).status == "waiting"
