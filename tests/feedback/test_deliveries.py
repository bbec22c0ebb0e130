"""Whose turn it is to show an answer, where a platform has several processes."""

from feedback.store import Store
from tests.feedback.pieces import asked, written
from tests.feedback.places import Place

LONG, LAPSED = 60.0, -1.0  # Seconds.


def test_what_one_courier_keeps_is_kept_from_all_others(store: Store) -> None:
    first, second = asked(store), asked(store)

    assert store.deliveries.keep([first], "one", LONG) == set()
    assert store.deliveries.keep([first, second], "two", LONG) == {first}
    assert store.deliveries.keep([first, second], "one", LONG) == {second}


def test_who_is_silent_for_too_long_loses_it(store: Store) -> None:
    prompt = asked(store)
    store.deliveries.keep([prompt], "one", LAPSED)
    [taken] = store.deliveries.take_over("terminal", "two", LONG, LONG)

    assert taken.prompt_id == prompt
    assert store.deliveries.keep([prompt], "one", LONG) == {prompt}
    assert store.deliveries.take_over("terminal", "three", LONG, LONG) == []


def test_who_comes_back_before_anybody_took_over_goes_on(store: Store) -> None:
    prompt = asked(store)
    store.deliveries.keep([prompt], "one", LAPSED)

    assert store.deliveries.keep([prompt], "one", LONG) == set()


def test_what_was_just_asked_is_left_to_whoever_was_asked(store: Store) -> None:
    prompt = asked(store)

    assert store.deliveries.take_over("terminal", "two", LONG, LONG) == []
    assert [one.prompt_id for one in store.deliveries.take_over("terminal", "two", LONG, LAPSED)] == [prompt]


def test_a_courier_takes_over_what_is_its_own_workspaces(store: Store) -> None:
    here, there = (asked(store, platform="slack", workspace=team) for team in ("T1", "T2"))
    [taken] = store.deliveries.take_over("slack", "one", LONG, LAPSED, "T1")
    [left] = store.deliveries.take_over("slack", "two", LONG, LAPSED)

    assert (taken.prompt_id, left.prompt_id) == (here, there)


def test_a_takeover_knows_what_is_shown_already(store: Store) -> None:
    answer = written(store)
    store.messages.sent(answer.prompt_id, "terminal", "c1", "m1", 0, answer.completion_id, last=False)
    asked(store, platform="slack")
    [taken] = store.deliveries.take_over("terminal", "two", LONG, LAPSED)

    assert (taken.prompt_id, taken.messages) == (answer.prompt_id, ("m1",))


def test_what_is_delivered_is_nobodys_to_deliver(store: Store) -> None:
    answer = written(store)
    store.deliveries.keep([answer.prompt_id], "one", LAPSED)
    store.messages.sent(answer.prompt_id, "terminal", "c1", "m1", 0, answer.completion_id, last=True)

    assert store.deliveries.take_over("terminal", "two", LONG, LONG) == []
    assert store.deliveries.keep([answer.prompt_id], "two", LONG) == {answer.prompt_id}


def test_a_courier_that_stops_leaves_all_to_others_at_once(store: Store, place: Place) -> None:
    kept, anothers = asked(store), asked(store)
    store.deliveries.keep([kept], "one", LONG)
    store.deliveries.keep([anothers], "two", LONG)
    store.deliveries.let_go("one")

    assert [one.prompt_id for one in store.deliveries.take_over("terminal", "three", LONG, LONG)] == [kept]
    assert place.rows("SELECT count(*) FROM prompt WHERE courier = 'two'") == [(1,)]
