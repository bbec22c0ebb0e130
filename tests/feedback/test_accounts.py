"""What readers settle about themselves, and what follows from it for learning."""

from collections.abc import Iterator

import pytest

from feedback.holdings import Settled
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import BASE, asked, at_once, rate, written
from tests.feedback.places import Place

ADA, BOB = ("terminal", "", "ada"), ("terminal", "", "bob")


@pytest.fixture
def strict_store(place: Place) -> Iterator[Store]:
    """A store of an operator who learns only from those who have agreed."""
    opened = Store(place.url, b"a key for readers", consent_default=False)
    opened.versions.add(BASE)
    yield opened
    opened.close()


def learnable(store: Store) -> list[int]:
    return sorted(vote.completion_id for vote in store.lessons.votes(now()))


def test_an_unknown_reader_has_the_defaults_and_leaves_no_row(store: Store, place: Place) -> None:
    assert store.accounts.settled(*ADA) == Settled("", consent=True)
    assert place.rows("SELECT count(*) FROM reader") == [(0,)]


def test_what_is_settled_stays_whatever_the_platform_says_later(store: Store) -> None:
    assert store.accounts.settle(*ADA, language="zh") == Settled("zh", consent=True)
    asked(store, locale="en")
    assert store.accounts.settle(*ADA, consent=False) == Settled("zh", consent=False)
    assert store.accounts.settle(*ADA, language="") == Settled("", consent=False)
    assert store.accounts.settled(*BOB) == Settled("", consent=True)


def test_consent_is_asked_once_whoever_asks_at_the_same_time(store: Store) -> None:
    assert sorted(at_once(lambda _: store.accounts.ask_consent(*ADA)), key=bool) == [False] * 7 + [True]
    assert store.accounts.ask_consent(*BOB)


def test_withdrawn_consent_is_out_of_the_next_dataset_and_back_when_it_is_given(store: Store) -> None:
    mine, bobs = written(store).completion_id, written(store, "Snow", user="bob").completion_id
    rate(store, mine, 1.0, user="bob"), rate(store, bobs, 1.0, user="ada")
    assert learnable(store) == [mine, bobs]
    store.accounts.settle(*ADA, consent=False)
    assert learnable(store) == []
    store.accounts.settle(*ADA, consent=True)
    assert learnable(store) == [mine, bobs]


def test_an_operator_may_learn_from_those_only_who_agreed(strict_store: Store) -> None:
    store = strict_store
    mine = written(store).completion_id
    rate(store, mine, 1.0)
    assert (store.accounts.settled(*ADA).consent, learnable(store)) == (False, [])
    store.accounts.settle(*ADA, consent=True)
    assert (store.accounts.settled(*ADA).consent, learnable(store)) == (True, [mine])


def test_who_had_withdrawn_before_that_was_asked_stays_withdrawn(store: Store, place: Place) -> None:
    rate(store, written(store).completion_id, 1.0)
    place.change("UPDATE reader SET consent = false")
    assert (store.accounts.settled(*ADA).consent, learnable(store)) == (False, [])


def test_a_comment_is_kept_beside_its_vote_and_goes_with_another_vote(store: Store) -> None:
    piece = written(store).completion_id
    rate(store, piece, -1.0)
    rate(store, piece, -1.0, reason="rhyme")
    rate(store, piece, -1.0, comment="limps in line two")
    (held,) = store.ratings.of(piece)
    assert (held.reason, held.comment) == ("rhyme", "limps in line two")
    rate(store, piece, 1.0)
    assert (store.ratings.of(piece)[0].reason, store.ratings.of(piece)[0].comment) == (None, None)
