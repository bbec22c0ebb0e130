"""What may be learned from, as rows."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.conversation import FOLLOW_UPS
from feedback.lessons import Vote
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import rate, variants, written
from tests.feedback.places import Place

BLOCKED = "blocked_at = '2026-01-01 00:00:00.000000'"


def later() -> datetime:
    return now() + timedelta(minutes=1)


def votes(store: Store) -> list[Vote]:
    return list(store.lessons.votes(later()))


def test_every_source_of_every_reader_is_a_vote_with_what_it_answers(store: Store) -> None:
    piece = written(store, theme="snow")
    rate(store, piece.completion_id, 1)
    rate(store, piece.completion_id, -0.5, user="bob", source="reaction")
    found = sorted((vote.reader_id, vote.value) for vote in votes(store))
    assert found == [(1, 1.0), (2, -0.5)]
    vote = votes(store)[0]
    assert (vote.completion_id, vote.prompt_id) == (piece.completion_id, piece.prompt_id)
    assert (vote.form, vote.theme, vote.language, vote.kind) == ("haiku", "snow", "en", "new")
    assert (vote.role, vote.model_version) == ("reader", "base")


def test_votes_on_the_same_text_come_together(store: Store) -> None:
    same, other, again = (written(store, text=text).completion_id for text in ("one", "two", "one"))
    for piece in (same, other, again):
        rate(store, piece, 1)
    order = [vote.completion_id for vote in votes(store)]
    assert order in ([same, again, other], [other, same, again])


def test_only_ratings_up_to_the_cutoff_count(store: Store) -> None:
    piece = written(store).completion_id
    rate(store, piece, 1)
    cutoff = datetime.now(UTC)
    rate(store, piece, 1, user="bob")
    assert len(list(store.lessons.votes(cutoff))) == 1
    assert len(votes(store)) == 2
    assert store.lessons.fresh(None, later()) == 2
    assert store.lessons.fresh(cutoff, later()) == 1
    assert store.lessons.fresh(None, cutoff) == 1


def test_what_is_changed_after_the_cutoff_counts_as_it_did_then(store: Store) -> None:
    pieces = [piece.completion_id for piece in variants(store, 3)]
    rate(store, pieces[0], -1)
    for piece in pieces:
        rate(store, piece, 1)
    store.choices.choose("terminal", "", "ada", pieces[0])
    cutoff = now()
    before = list(store.lessons.votes(cutoff)), list(store.lessons.preferences(cutoff))
    rate(store, pieces[0], -1)
    rate(store, pieces[1], None)
    rate(store, pieces[2], 1, source="reaction")
    store.choices.choose("terminal", "", "ada", pieces[1])
    assert (list(store.lessons.votes(cutoff)), list(store.lessons.preferences(cutoff))) == before
    assert sorted(vote.value for vote in votes(store)) == [-1.0, 1.0, 1.0]
    assert [choice.winner_id for choice in store.lessons.preferences(later())] == [pieces[1], pieces[1]]


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_ratings_of_follow_ups_are_no_reason_to_train(store: Store, kind: str) -> None:
    first = written(store).completion_id
    rate(store, written(store, kind=kind, parent_completion_id=first).completion_id, 1)
    assert store.lessons.fresh(None, later()) == 0
    rate(store, first, 1)
    assert store.lessons.fresh(None, later()) == 1


def test_choices_and_own_versions_are_new_to_learn_from_as_ratings_are(store: Store) -> None:
    pieces = [piece.completion_id for piece in variants(store, 3)]
    first = written(store).completion_id
    store.choices.choose("terminal", "", "ada", pieces[0])  # Over two others: one choice.
    store.ratings.demonstrate("terminal", "", "ada", first, "Ada's own")
    cutoff = now()
    assert store.lessons.fresh(None, cutoff) == 2
    store.choices.choose("terminal", "", "ada", pieces[1])
    store.ratings.demonstrate("terminal", "", "ada", first, "Ada's own, mended")
    assert store.lessons.fresh(None, cutoff) == store.lessons.fresh(cutoff, later()) == 2
    assert store.lessons.fresh(None, later()) == 2  # What they replace does not count again.


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_choices_and_own_versions_of_follow_ups_are_no_reason_to_train(store: Store, kind: str) -> None:
    first = written(store).completion_id
    pieces = variants(store, 2, kind=kind, parent_completion_id=first)
    store.choices.choose("terminal", "", "ada", pieces[0].completion_id)
    store.ratings.demonstrate("terminal", "", "ada", pieces[0].completion_id, "Ada's own")
    assert store.lessons.fresh(None, later()) == 0


def test_a_withdrawn_rating_is_not_learned_from(store: Store) -> None:
    piece = written(store).completion_id
    rate(store, piece, 1)
    rate(store, piece, None)
    assert votes(store) == []


@pytest.mark.parametrize("change", ["consent = false", BLOCKED])
def test_readers_who_do_not_consent_or_are_blocked_are_not_learned_from(
    store: Store, place: Place, change: str
) -> None:
    pieces = variants(store, 2, user="ada")
    for user in ("bob", "cy"):
        rate(store, pieces[0].completion_id, 1, user=user)
        store.ratings.demonstrate("terminal", "", user, pieces[0].completion_id, f"{user}'s own")
        store.choices.choose("terminal", "", user, pieces[0].completion_id)
    bob, cy = (vote.reader_id for vote in votes(store))
    place.change(f"UPDATE reader SET {change} WHERE id = {bob}")  # noqa: S608
    assert [vote.reader_id for vote in votes(store)] == [cy]
    assert store.lessons.fresh(None, later()) == 3
    assert [own.text for own in store.lessons.demonstrations(later())] == ["cy's own"]
    assert [choice.reader_id for choice in store.lessons.preferences(later())] == [cy]


def test_pieces_of_a_reader_who_does_not_consent_are_not_learned_from(store: Store, place: Place) -> None:
    pieces = variants(store, 2, user="ada")
    rate(store, pieces[0].completion_id, 1, user="bob")
    store.ratings.demonstrate("terminal", "", "bob", pieces[0].completion_id, "Bob's own")
    store.choices.choose("terminal", "", "bob", pieces[0].completion_id)
    place.change("UPDATE reader SET consent = false WHERE id = 1")
    assert votes(store) == []
    assert list(store.lessons.demonstrations(later())) == []
    assert list(store.lessons.preferences(later())) == []
    assert store.lessons.fresh(None, later()) == 0


def test_of_one_readers_own_versions_of_a_text_the_newest_counts(store: Store) -> None:
    piece = written(store, theme="snow").completion_id
    for user, text in (("ada", "first"), ("bob", "Bob's"), ("ada", "second")):
        store.ratings.demonstrate("terminal", "", user, piece, text)
    found = list(store.lessons.demonstrations(later()))
    assert [own.text for own in found] == ["Bob's", "second"]
    assert (found[0].theme, found[0].replaced, found[0].completion_id) == (
        "snow",
        "Rain on the window",
        piece,
    )


def test_texts_are_read_by_their_numbers(store: Store) -> None:
    first, second = written(store, text="one", theme="snow"), written(store, text="two")
    found = store.lessons.written([second.completion_id, first.completion_id, 999])
    assert set(found) == {first.completion_id, second.completion_id}
    assert (found[first.completion_id].text, found[first.completion_id].theme) == ("one", "snow")
