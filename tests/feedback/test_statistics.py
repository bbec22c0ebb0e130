"""What people are shown about it all."""

from feedback.records import Overview
from feedback.store import Store
from tests.feedback.pieces import asked, rate, written


def test_an_empty_store_has_an_overview(store: Store) -> None:
    assert store.statistics.overview() == Overview(0, 0, 0, 0, 0, 0, None)
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
