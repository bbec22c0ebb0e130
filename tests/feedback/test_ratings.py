"""One standing verdict per completion, reader and source, and the whole history of it."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.records import UnknownRow
from feedback.store import Store
from tests.feedback.pieces import BASE, at_once, rate, version, written
from tests.feedback.places import Place


def later() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


def history(place: Place) -> list[float | None]:
    return [value for (value,) in place.rows("SELECT value FROM rating_event ORDER BY id")]


def test_a_rating_flips_and_clears(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    assert [rate(store, piece, value) for value in (1, -1, 0.5, None)] == [1, -1, 0.5, None]
    assert place.rows("SELECT count(*) FROM rating") == [(1,)]
    assert store.ratings.of(piece) == []
    assert history(place) == [1, -1, 0.5, None]
    assert rate(store, piece, 1) == 1


def test_a_second_tap_takes_the_first_back(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    taps = [rate(store, piece, value, toggle=True) for value in (1, 1, 1, -1, -1)]
    assert taps == [1, None, 1, -1, None]
    assert history(place) == taps


def test_a_repeated_vote_without_toggle_stands(store: Store) -> None:
    piece = written(store).completion_id
    assert [rate(store, piece, 1), rate(store, piece, 1)] == [1, 1]


def test_simultaneous_votes_of_one_reader_leave_one_row_and_all_history(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    at_once(lambda number: rate(store, piece, 1 if number % 2 else -1))
    assert place.rows("SELECT count(*) FROM rating") == [(1,)]
    assert len(history(place)) == 8
    assert store.ratings.of(piece)[0].value == history(place)[-1]


def test_simultaneous_taps_take_turns(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    taps = at_once(lambda _: rate(store, piece, 1, toggle=True))
    assert sorted(taps, key=repr) == [1.0] * 4 + [None] * 4
    assert history(place) == [1.0, None] * 4
    assert store.ratings.of(piece) == []


def test_two_readers_and_two_sources_are_rows_of_their_own(store: Store) -> None:
    piece = written(store).completion_id
    rate(store, piece, 1)
    rate(store, piece, -1, user="bob")
    rate(store, piece, 0.5, source="reaction")
    assert [(r.source, r.value) for r in store.ratings.of(piece)] == [
        ("button", 1),
        ("button", -1),
        ("reaction", 0.5),
    ]


def test_clearing_one_source_leaves_the_other(store: Store) -> None:
    piece = written(store).completion_id
    rate(store, piece, 1)
    rate(store, piece, 1, source="reaction")
    rate(store, piece, None)
    assert [r.source for r in store.ratings.of(piece)] == ["reaction"]


def test_a_reason_stays_with_its_value(store: Store) -> None:
    piece = written(store).completion_id
    rate(store, piece, -1, reason="too long")
    rate(store, piece, -1)
    assert store.ratings.of(piece)[0].reason == "too long"
    rate(store, piece, 1)
    assert store.ratings.of(piece)[0].reason is None


@pytest.mark.parametrize("value", [1, None])
def test_a_rating_of_nothing_is_refused_and_leaves_nothing(
    store: Store, place: Place, value: float | None
) -> None:
    with pytest.raises(UnknownRow):
        rate(store, 999, value)
    assert place.rows("SELECT count(*) FROM rating_event") == [(0,)]
    assert place.rows("SELECT count(*) FROM reader") == [(0,)]


@pytest.mark.parametrize("value", [1.5, -2, float("nan"), float("inf")])
def test_a_rating_out_of_range_is_refused(store: Store, value: float) -> None:
    with pytest.raises(ValueError, match="between"):
        rate(store, written(store).completion_id, value)


def test_ratings_survive_a_restart(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    rate(store, piece, 1)
    store.close()

    reopened = Store(place.url, b"a key for readers")

    assert [r.value for r in reopened.ratings.of(piece)] == [1]
    assert rate(reopened, piece, -1) == -1
    assert [r.value for r in reopened.ratings.of(piece)] == [-1]
    reopened.close()


def test_a_piece_from_before_a_swap_can_be_rated(store: Store) -> None:
    piece = written(store)
    store.versions.add(version("v1"))
    store.versions.promote("v1", "better")
    rate(store, piece.completion_id, 1)
    (vote,) = store.lessons.votes(later())
    assert vote.model_version == BASE.name


def test_a_rewrite_is_kept(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    store.ratings.demonstrate("terminal", "", "ada", piece, "My own rain")
    assert place.rows("SELECT completion_id, text FROM demonstration") == [(piece, "My own rain")]
    with pytest.raises(UnknownRow):
        store.ratings.demonstrate("terminal", "", "ada", 999, "Nothing")


def test_a_rewrite_that_is_delivered_again_does_not_become_the_newest(store: Store) -> None:
    piece = written(store).completion_id
    for text, key in (("Mine", "slack:V1"), ("Mine, mended", "slack:V2"), ("Mine", "slack:V1")):
        store.ratings.demonstrate("terminal", "", "ada", piece, text, key)
    assert [own.text for own in store.lessons.demonstrations(later())] == ["Mine, mended"]
    assert store.erasure.holdings("terminal", "", "ada").demonstrations == 2


def test_a_tap_that_is_delivered_again_is_the_same_vote(store: Store, place: Place) -> None:
    piece = written(store).completion_id

    def tap(key: str) -> float | None:
        return store.ratings.rate("terminal", "", "anna", piece, 1.0, "button", toggle=True, key=key)

    assert [tap("one"), tap("one"), tap("two"), tap("one"), tap("two")] == [1.0, 1.0, None, None, None]
    assert place.rows("SELECT value FROM rating_event ORDER BY id") == [(1.0,), (None,)]
