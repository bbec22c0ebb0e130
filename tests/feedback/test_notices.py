"""A notice is posted once, said by one herald, and holds no reader's words."""

from datetime import UTC, datetime, timedelta

from feedback.records import DayOfVotes
from feedback.store import Store
from tests.feedback.pieces import asked, written

LONG, LAPSED = 60.0, -1.0  # Seconds.


def posted(store: Store, key: str = "surge 1", platform: str = "slack") -> bool:
    return store.notices.post(key, "surge", platform, "C1", {"unhappy": 7})


def test_the_same_notice_is_posted_once(store: Store) -> None:
    assert store.notices.last("surge") is None

    assert [posted(store), posted(store), posted(store, "surge 2")] == [True, False, True]
    assert store.notices.last("surge") is not None
    assert store.notices.last("digest") is None


def test_one_herald_has_it_until_it_is_silent(store: Store) -> None:
    posted(store)
    posted(store, "another", "telegram")
    [taken] = store.notices.take("slack", "one", LAPSED)

    assert (taken.kind, taken.channel, taken.facts, taken.message) == ("surge", "C1", {"unhappy": 7}, "")
    store.notices.posted(taken.id, "m1")
    [again] = store.notices.take("slack", "two", LONG)
    assert again.message == "m1"
    assert store.notices.take("slack", "three", LONG) == []


def test_what_is_closed_is_not_said_again(store: Store) -> None:
    posted(store)
    [taken] = store.notices.take("slack", "one", LAPSED)
    store.notices.close(taken.id)

    assert store.notices.take("slack", "two", LONG) == []


def test_votes_come_in_the_order_given_without_those_that_were_taken_back(store: Store) -> None:
    answer = written(store)
    began = datetime.now(UTC)
    for value in (1.0, None, -1.0):
        store.ratings.rate("slack", "T1", "ann", answer.completion_id, value, "button")

    assert [opinion.value for opinion in store.opinions.since(began)] == [1.0, -1.0]
    assert store.opinions.since(datetime.now(UTC)) == []


def test_standing_votes_are_counted_by_day(store: Store) -> None:
    answer = written(store)
    asked(store)
    today = datetime.now(UTC)
    store.ratings.rate("slack", "T1", "ann", answer.completion_id, 0.5, "button")
    store.ratings.rate("slack", "T1", "ben", answer.completion_id, -1.0, "button")
    store.ratings.rate("slack", "T1", "cat", answer.completion_id, 0.0, "reaction")
    store.ratings.rate("slack", "T1", "dan", answer.completion_id, 1.0, "button")
    store.ratings.rate("slack", "T1", "dan", answer.completion_id, None, "button")

    assert store.opinions.by_day(today - timedelta(days=1)) == [DayOfVotes(today.date(), 1, 1)]
    assert store.opinions.written(today - timedelta(days=1)) == 1
