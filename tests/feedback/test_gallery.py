"""Pieces to look at: one's own, a workspace's favourites, and never what was asked in confidence."""

from datetime import timedelta

import pytest

from feedback.records import UnknownRow
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import asked, claimed, written

CHANNEL = {"platform": "slack", "workspace": "T1", "chat": "C1"}
ADA, BOB = ("slack", "T1", "ada"), ("slack", "T1", "bob")
WEEK = timedelta(days=7)


def like(store: Store, completion_id: int, *users: str, value: float = 1.0) -> None:
    for user in users:
        store.ratings.rate("slack", "T1", user, completion_id, value, "reaction")


def favourites(store: Store, workspace: str = "T1", user: str = "ada") -> list[int]:
    found = store.gallery.favourites_for("slack", workspace, user, now() - WEEK, 10)
    return [piece.completion_id for piece in found]


def test_recent_pieces_are_ones_own_newest_first_with_their_likes(store: Store) -> None:
    first = written(store, "one", **CHANNEL).completion_id
    second = written(store, "two", **CHANNEL).completion_id
    written(store, "three", user="bob", **CHANNEL)
    like(store, first, "ada", "bob")
    like(store, first, "cy", value=-1.0)
    store.ratings.rate(*BOB, first, 1.0, "button")  # Twice liked by one reader is one like.
    found = store.gallery.recent(*ADA, 5)
    assert [(piece.completion_id, piece.text, piece.likes) for piece in found] == [
        (second, "two", 0),
        (first, "one", 2),
    ]
    assert len(store.gallery.recent(*ADA, 1)) == 1


def test_favourites_are_the_best_of_the_workspace(store: Store) -> None:
    liked, loved, disliked, elsewhere = (
        written(store, **{**CHANNEL, "workspace": team}).completion_id for team in ("T1", "T1", "T1", "T2")
    )
    like(store, liked, "bob")
    like(store, loved, "bob", "cy", "ada")
    like(store, disliked, "bob", value=-1.0)
    like(store, elsewhere, "bob")
    assert favourites(store) == [loved, liked]
    assert favourites(store, "T2") == [elsewhere]
    assert store.gallery.favourites_for(*ADA, now(), 10) == []


def test_favourites_are_of_channels_in_which_the_reader_has_asked_or_rated(store: Store) -> None:
    here = written(store, user="ada", **CHANNEL).completion_id
    private = written(store, user="bob", **CHANNEL | {"chat": "C2"}).completion_id
    like(store, here, "bob", "cy")
    like(store, private, "cy")
    assert favourites(store, user="ada") == [here]
    assert sorted(favourites(store, user="bob")) == sorted(favourites(store, user="cy")) == [here, private]
    assert favourites(store, user="dan") == []
    of_channel = store.gallery.favourites_in("slack", "T1", "C2", now() - WEEK, 10)
    assert [piece.completion_id for piece in of_channel] == [private]


def test_who_does_not_consent_is_no_favourite(store: Store) -> None:
    like(store, written(store, **CHANNEL).completion_id, "bob")
    store.accounts.settle(*ADA, consent=False)
    assert favourites(store) == []


@pytest.mark.parametrize(
    ("platform", "chat", "shared"),
    [("slack", "C1", True), ("slack", "D1", False), ("telegram", "-100", True), ("telegram", "100", False)],
)
def test_what_was_asked_in_confidence_is_for_its_reader_alone(
    store: Store, platform: str, chat: str, shared: bool
) -> None:
    piece = written(store, platform=platform, workspace="T1", chat=chat).completion_id
    store.ratings.rate(platform, "T1", "bob", piece, 1.0, "reaction")
    assert bool(store.gallery.favourites_for(platform, "T1", "bob", now() - WEEK, 10)) == shared
    assert bool(store.gallery.favourites_in(platform, "T1", chat, now() - WEEK, 10)) == shared
    assert store.gallery.piece(platform, "T1", "ada", piece).completion_id == piece
    if shared:
        assert store.gallery.piece(platform, "T1", "bob", piece).completion_id == piece
    else:
        with pytest.raises(UnknownRow):
            store.gallery.piece(platform, "T1", "bob", piece)


def test_another_workspace_sees_nothing(store: Store) -> None:
    piece = written(store, **CHANNEL).completion_id
    for reader in (("slack", "T2", "bob"), ("telegram", "T1", "bob"), ("slack", "T2", "ada")):
        with pytest.raises(UnknownRow):
            store.gallery.piece(*reader, piece)


def test_what_is_under_way_is_listed_oldest_first(store: Store) -> None:
    written(store)
    waiting, (writing, _) = asked(store), claimed(store)
    asked(store, user="bob")
    assert store.gallery.under_way("terminal", "", "ada") == [waiting, writing]
    assert store.gallery.under_way("terminal", "", "nobody") == []


def test_what_is_under_way_in_one_thread_is_told_from_the_rest(store: Store) -> None:
    here = asked(store, platform="slack", workspace="T1", chat="C1", thread="1.1")
    for chat, thread in (("C1", ""), ("C1", "2.2"), ("C2", "1.1")):
        asked(store, platform="slack", workspace="T1", chat=chat, thread=thread)
    assert store.gallery.under_way("slack", "T1", "ada", ("C1", "1.1")) == [here]
