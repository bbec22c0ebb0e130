"""What readers hold of a text while it is written counts once it is."""

from dataclasses import replace

import pytest

from feedback.records import Answer
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import COMPLETION, at_once, claimed, rate, written
from tests.feedback.places import Place


def early(store: Store, value: float | None, user: str = "bob", message: str = "m1", key: str = "") -> bool:
    shown = store.messages.shown_in("terminal", "c1", message)
    return shown is not None and store.early_votes.keep(
        shown[0], "terminal", "", user, value, "reaction", key
    )


def held(store: Store) -> tuple[int, str]:
    """A prompt that is being written, with its place held by a message."""
    prompt_id, lease = claimed(store)
    store.messages.sent(prompt_id, "terminal", "c1", "m1", 0, None, False)
    return prompt_id, lease


def finished(store: Store, prompt_id: int, lease: str) -> Answer:
    return store.prompts.finish(prompt_id, lease, COMPLETION)


def standing(store: Store, answer: Answer) -> list[float]:
    return [rating.value for rating in store.ratings.of(answer.completion_id)]


@pytest.mark.parametrize(
    ("values", "stands"),
    [([1.0], [1.0]), ([-1.0, 1.0], [1.0]), ([1.0, None], []), ([None], []), ([1.0, None, -1.0], [-1.0])],
)
def test_the_last_of_a_readers_early_votes_stands_and_all_are_history(
    store: Store, place: Place, values: list[float | None], stands: list[float]
) -> None:
    prompt_id, lease = held(store)
    assert all(early(store, value) for value in values)
    answer = finished(store, prompt_id, lease)

    assert standing(store, answer) == stands
    assert [value for (value,) in place.rows("SELECT value FROM rating_event ORDER BY id")] == values
    assert place.rows("SELECT count(*) FROM early_vote") == [(0,)]


def test_an_early_vote_that_comes_again_is_the_same_also_once_it_is_a_rating(store: Store) -> None:
    prompt_id, lease = held(store)
    for value, key in ((1.0, "added"), (None, "removed"), (1.0, "added")):
        early(store, value, key=key)
    answer = finished(store, prompt_id, lease)
    assert standing(store, answer) == []

    rate(store, answer.completion_id, 1.0, user="bob", source="reaction", key="added")
    assert standing(store, answer) == []


def test_only_what_is_being_written_is_voted_on_early(store: Store) -> None:
    prompt_id, _ = held(store)
    assert not early(store, 1.0, message="a stranger's")
    assert store.prompts.cancel(prompt_id, "terminal", "", "ada")
    assert not early(store, 1.0)

    answer = written(store)
    store.messages.sent(answer.prompt_id, "terminal", "c1", "m2", 0, None, False)
    assert not early(store, 1.0, message="m2")


def test_a_vote_that_comes_as_the_text_is_kept_is_early_or_late_but_never_lost(store: Store) -> None:
    for _ in range(5):
        prompt_id, lease = held(store)

        def vote_or_write(number: int, prompt_id: int = prompt_id, lease: str = lease) -> bool:
            if number == 3:
                finished(store, prompt_id, lease)
                return False
            return early(store, 1.0, user=f"fan {number}")

        kept = at_once(vote_or_write)
        answer = store.prompts.state(prompt_id).answers[0]
        assert len(standing(store, answer)) == kept.count(True)
        store.erasure.erase("terminal", "", "ada")  # So that the message is free again.


def test_early_votes_on_variants_are_on_the_first_that_is_shown(store: Store) -> None:
    prompt_id, lease = held(store)
    early(store, 1.0)
    texts = [replace(COMPLETION, text=f"Rain {n}", seed=n, variant=n) for n in range(3)]
    first, *others = store.prompts.finish_all(prompt_id, lease, texts)

    assert [standing(store, answer) for answer in (first, *others)] == [[1.0], [], []]


def test_an_early_vote_is_a_rating_of_when_its_text_was_kept(store: Store) -> None:
    prompt_id, lease = held(store)
    early(store, 1.0)
    cutoff = now()
    answer = finished(store, prompt_id, lease)
    assert list(store.lessons.votes(cutoff)) == []  # As it was when somebody looked until then.
    assert [vote.completion_id for vote in store.lessons.votes(now())] == [answer.completion_id]
    assert store.lessons.fresh(cutoff, now()) == 1
