"""Only so many prompts wait, and only so many of one reader."""

from dataclasses import replace

import pytest

from feedback.conversation import QueueFull, ReaderWaits, WaitingLimits
from feedback.store import Store
from tests.feedback.pieces import PROMPT, asked, at_once, claimed, written
from tests.feedback.places import Place

LIMITS = WaitingLimits(in_all=4, per_reader=2)


def accept(store: Store, key: str, user: str = "ada", limits: WaitingLimits = LIMITS) -> tuple[int, bool]:
    return store.prompts.accept(replace(PROMPT, request_key=key, user=user), limits)


def test_one_too_many_of_a_reader_is_refused_and_not_kept(store: Store, place: Place) -> None:
    accept(store, "a"), accept(store, "b")
    with pytest.raises(ReaderWaits) as refused:
        accept(store, "c")
    assert refused.value.waiting == 2
    assert accept(store, "d", "bob")[1]
    assert place.rows("SELECT count(*) FROM prompt") == [(3,)]


def test_one_too_many_of_all_is_refused_whoever_asks(store: Store, place: Place) -> None:
    for number in range(4):
        accept(store, f"{number}", f"reader {number}")
    with pytest.raises(QueueFull) as refused:
        accept(store, "4", "cy")
    assert refused.value.waiting == 4
    assert place.rows("SELECT count(*) FROM reader") == [(4,)]


def test_what_was_accepted_is_found_again_in_a_full_queue(store: Store) -> None:
    accept(store, "a"), accept(store, "b")
    assert accept(store, "b") == (2, False)


def test_what_is_being_written_or_finished_makes_room(store: Store) -> None:
    claimed(store), written(store)
    accept(store, "a"), accept(store, "b")
    store.prompts.claim(accept(store, "a")[0], 60, 3)
    assert accept(store, "c")[1]


def test_simultaneous_askers_pass_the_bound_by_their_number_at_most(store: Store) -> None:
    accept(store, "a", "ada")
    outcomes = at_once(lambda number: accept(store, f"k{number}", f"reader {number}"))
    refused = [outcome for outcome in outcomes if isinstance(outcome, QueueFull)]
    assert store.prompts.waiting() + len(refused) == 9
    assert 4 <= store.prompts.waiting() <= 4 + 8


def test_ahead_are_the_unfinished_that_came_before(store: Store) -> None:
    claimed(store), written(store)
    mine = asked(store)
    asked(store)
    assert store.queue.ahead(mine) == 1


def test_the_time_of_a_text_is_that_of_the_newest(store: Store) -> None:
    assert store.queue.seconds_per_text() is None
    written(store), written(store)
    assert store.queue.seconds_per_text() == pytest.approx(0.02)
