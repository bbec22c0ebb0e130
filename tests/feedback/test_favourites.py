"""The best-rated pieces, by what is sure of them."""

from datetime import timedelta

import pytest

from feedback.store import Store
from feedback.store.favourites import Wanted
from feedback.store.positions import wilson
from feedback.tables import now
from tests.feedback.pieces import rate, written


def rated(store: Store, likes: int, dislikes: int = 0, **asked: str) -> int:
    piece = written(store, **asked).completion_id
    for number in range(likes + dislikes):
        rate(store, piece, 1.0 if number < likes else -1.0, user=f"reader {number}")
    return piece


def test_many_who_like_it_are_surer_than_one(store: Store) -> None:
    one, most, all_of_four = rated(store, 1), rated(store, 9, 1), rated(store, 4)
    rated(store, 0, 3)

    best = store.favourites.best(Wanted(), 10)

    assert [piece.answer.completion_id for piece in best] == [most, all_of_four, one]
    for piece in best:
        assert piece.sure == pytest.approx(wilson(piece.liked, piece.rated)[0])
    assert [piece.answer.completion_id for piece in store.favourites.best(Wanted(), 1)] == [most]


def test_they_are_chosen_by_form_language_version_and_time(store: Store) -> None:
    haiku, chinese = rated(store, 2, form="haiku"), rated(store, 1, form="wujue", language="zh")

    def found(wanted: Wanted) -> list[int]:
        return [piece.answer.completion_id for piece in store.favourites.best(wanted, 10)]

    assert found(Wanted(form="haiku")) == [haiku]
    assert found(Wanted(language="zh")) == [chinese]
    assert found(Wanted(version="base", since=now() - timedelta(hours=1))) == [haiku, chinese]
    assert found(Wanted(version="another")) == found(Wanted(since=now() + timedelta(hours=1))) == []
    kinds = store.favourites.kinds()
    assert (kinds.forms, kinds.languages, kinds.versions) == (["haiku", "wujue"], ["en", "zh"], ["base"])


def test_a_reader_sees_their_own_and_nobody_what_was_withheld(store: Store) -> None:
    own, withheld = rated(store, 1, user="ada"), rated(store, 1, user="bo")
    store.accounts.settle("terminal", "", "bo", consent=False)

    assert [piece.answer.completion_id for piece in store.favourites.best(Wanted(), 10)] == [own]
    mine = store.favourites.best_of("terminal", "", "bo", Wanted(), 10)
    assert [piece.answer.completion_id for piece in mine] == [withheld]


@pytest.mark.parametrize(
    ("platform", "chat", "shown"),
    [
        ("slack", "C1", True),
        ("slack", "D1", False),
        ("telegram", "-100", True),
        ("telegram", "100", False),
        ("studio", "ada", True),
        ("terminal", "ada", True),
    ],
)
def test_what_was_asked_in_a_direct_message_is_only_its_readers_favourite(
    store: Store, platform: str, chat: str, shown: bool
) -> None:
    piece = rated(store, 3, platform=platform, chat=chat)

    assert bool(store.favourites.best(Wanted(), 10)) == shown
    (own,) = store.favourites.best_of(platform, "", "ada", Wanted(), 10)
    assert own.answer.completion_id == piece
