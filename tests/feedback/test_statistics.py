"""What people are shown about it all."""

from feedback.records import Overview
from feedback.store import Store
from tests.feedback.pieces import asked, rate, written
from tests.feedback.places import Place


def test_an_empty_store_has_an_overview(store: Store) -> None:
    assert store.statistics.overview() == Overview(0, 0, 0, 0, 0, 0, None)
    assert store.statistics.favourites(5) == []
    assert store.statistics.recent("terminal", "", "nobody", 5) == []


def test_the_overview_counts(store: Store) -> None:
    store.versions.promote("base", "first")
    piece, other = written(store).completion_id, written(store, user="bob").completion_id
    asked(store)
    rate(store, piece, 1)
    rate(store, piece, -1, user="bob")
    rate(store, other, 1)
    rate(store, other, None)
    assert store.statistics.overview() == Overview(
        prompts=3, completions=2, ratings_up=1, ratings_down=1, readers=2, waiting=1, champion="base"
    )


def test_recent_are_the_readers_own_pieces_with_their_own_rating(store: Store) -> None:
    first, second = written(store, text="one"), written(store, text="two")
    written(store, user="bob")
    rate(store, first.completion_id, 1)
    rate(store, second.completion_id, 1, user="bob")
    assert store.statistics.recent("terminal", "", "ada", 5) == [(second, None), (first, 1.0)]
    assert store.statistics.recent("terminal", "", "ada", 1) == [(second, None)]


def test_earlier_ones_are_found_from_where_one_has_come_to(store: Store) -> None:
    first, second, third = written(store), written(store), written(store)
    earlier = store.statistics.recent("terminal", "", "ada", 5, before=third.completion_id)
    assert [answer for answer, _ in earlier] == [second, first]


def test_favourites_are_liked_by_many_before_liked_by_one(store: Store) -> None:
    disputed, once, twice = (written(store) for _ in range(3))
    for piece, user, value in (
        (disputed, "ada", 1),
        (disputed, "bob", -1),
        (once, "ada", 1),
        (twice, "ada", 1),
        (twice, "bob", 0.8),
    ):
        rate(store, piece.completion_id, value, user=user)
    found = [(f.answer, f.value, f.readers) for f in store.statistics.favourites(5)]
    assert found == [(twice, 0.9, 2), (once, 1.0, 1)]


def test_pieces_of_a_reader_who_does_not_consent_are_no_favourites(store: Store, place: Place) -> None:
    rate(store, written(store, user="ada").completion_id, 1, user="bob")
    place.change("UPDATE reader SET consent = false WHERE id = 1")
    assert store.statistics.favourites(5) == []
