"""As many candidates as there is room for; another round while none may be shown."""

import pytest

from feedback.store import Store
from generation.engine import WritingFailed, WritingRequest
from generation.forms import FORMS, Form
from tests.worker.test_writing import PaperEngine, accept, writing
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
