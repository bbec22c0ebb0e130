"""Of one reader one prompt at a time, without anybody else having to wait for it."""

from datetime import timedelta

import pytest

from feedback.conversation import QuotaUsed, WaitingLimits
from feedback.records import ClaimedPrompt
from feedback.store import Store
from tests.feedback.pieces import COMPLETION, asked, at_once
from tests.feedback.places import Place
from tests.feedback.test_queue import accept

ANY_AGE = timedelta(0)


def claim(store: Store, prompt_id: int, running: int = 1, lease: float = 60) -> ClaimedPrompt | None:
    return store.prompts.claim(prompt_id, lease, 3, running)


def test_a_second_prompt_of_a_reader_waits_while_others_are_written(store: Store) -> None:
    first, second, bobs = asked(store), asked(store), asked(store, user="bob")
    held = claim(store, first)
    assert held is not None
    assert claim(store, second) is None
    assert claim(store, bobs) is not None
    assert store.prompts.state(second).status == "waiting"
    store.prompts.finish(first, held.lease, COMPLETION)
    assert store.queue.next_of(held.reader_id) == second
    assert claim(store, second) is not None
    assert store.queue.next_of(held.reader_id) is None


@pytest.mark.parametrize("running", [1, 2])
def test_writers_who_claim_at_the_same_time_agree_on_whose_turn_it_is(store: Store, running: int) -> None:
    prompts = [asked(store) for _ in range(8)]
    claimed = at_once(lambda number: claim(store, prompts[number], running))
    assert [type(error) for error in claimed if isinstance(error, Exception)] == []
    assert len([held for held in claimed if held is not None]) == running


def test_without_a_bound_all_are_written_at_once(store: Store) -> None:
    assert all(claim(store, asked(store), 0) for _ in range(3))


def test_what_waits_for_its_turn_is_due_only_once_it_has_it(store: Store) -> None:
    first, second = asked(store), asked(store)
    store.prompts.queued(second, 60)
    held = claim(store, first)
    assert held is not None
    assert claim(store, second) is None
    assert store.prompts.due(ANY_AGE, running=1) == []
    store.prompts.finish(first, held.lease, COMPLETION)
    assert store.prompts.due(ANY_AGE, running=1) == [second]


def test_a_writer_that_died_keeps_nobody_waiting(store: Store) -> None:
    first, second = asked(store), asked(store)
    claim(store, first, lease=0)
    assert store.prompts.due(ANY_AGE, running=1) == [first, second]
    assert claim(store, second) is not None
    assert claim(store, first) is None


def test_the_place_counts_ones_own_before_it(store: Store) -> None:
    asked(store, user="bob")
    first, second = asked(store), asked(store)
    assert [store.queue.ahead_of_own(prompt) for prompt in (first, second)] == [0, 1]


def test_a_reader_may_ask_so_many_a_day(store: Store, place: Place) -> None:
    limits = WaitingLimits(per_day=2)
    accept(store, "a", limits=limits), accept(store, "b", limits=limits)
    with pytest.raises(QuotaUsed) as refused:
        accept(store, "c", limits=limits)
    assert refused.value.asked == 2
    assert accept(store, "b", limits=limits) == (2, False)
    accept(store, "d", "bob", limits)
    place.change("UPDATE prompt SET status = 'failed' WHERE request_key = 'a'")
    accept(store, "e", limits=limits)
    place.change("UPDATE prompt SET created_at = '2020-01-01 00:00:00+00:00'")
    accept(store, "f", limits=limits)


def test_a_pause_survives_and_ends(store: Store, place: Place) -> None:
    assert not store.pauses.paused()
    store.pauses.begin()
    store.pauses.begin()
    reopened = Store(place.url, b"a key for readers")
    assert reopened.pauses.paused()
    reopened.close()
    store.pauses.end()
    store.pauses.end()
    assert not store.pauses.paused()
    assert place.rows("SELECT count(*) FROM pause WHERE ended_at IS NOT NULL") == [(1,)]


def test_requests_and_learning_are_paused_apart(store: Store) -> None:
    store.learning_pauses.begin()
    assert (store.pauses.paused(), store.learning_pauses.paused()) == (False, True)
    store.pauses.begin()
    store.learning_pauses.end()
    assert (store.pauses.paused(), store.learning_pauses.paused()) == (True, False)
