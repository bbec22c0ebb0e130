"""Variants are kept together and shown in an order of their own; a reader chooses one of them."""

from dataclasses import replace

import pytest

from feedback.display_order import display_order
from feedback.records import LeaseLost, UnknownRow
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import COMPLETION, at_once, claimed, variants, written
from tests.feedback.places import Place


def choose(store: Store, winner: int, user: str = "ada", key: str = "") -> int:
    return store.choices.choose("terminal", "", user, winner, key)


def preferences(place: Place) -> list[tuple[int, int, int]]:
    return [
        (winner, loser, first)
        for winner, loser, first in place.rows(
            "SELECT winner_id, loser_id, shown_first_id FROM preference WHERE revoked_at IS NULL "
            "ORDER BY winner_id, loser_id"
        )
    ]


def test_all_variants_are_kept_or_none(store: Store, place: Place) -> None:
    prompt_id, lease = claimed(store, variants=2)
    texts = [COMPLETION, replace(COMPLETION, variant=1, model_version="v9")]
    with pytest.raises(UnknownRow):
        store.prompts.finish_all(prompt_id, lease, texts)
    with pytest.raises(LeaseLost):
        store.prompts.finish_all(prompt_id, "another's", [COMPLETION])
    assert place.rows("SELECT count(*) FROM completion") == [(0,)]


def test_variants_are_shown_in_the_order_of_their_prompt(store: Store) -> None:
    answers = variants(store, 5)
    prompt_id = answers[0].prompt_id
    assert [answer.variant for answer in answers] == display_order(prompt_id, range(5))
    assert store.prompts.state(prompt_id).answers == answers
    assert store.prompts.state(prompt_id).answer == answers[0]
    assert store.messages.undelivered("terminal") == []


def test_no_variant_is_shown_first_more_often_than_the_others() -> None:
    firsts = [display_order(prompt_id, range(3))[0] for prompt_id in range(3000)]
    assert all(900 < firsts.count(variant) < 1100 for variant in range(3))
    assert display_order(7, [0, 2]) == [v for v in display_order(7, range(3)) if v != 1]


def test_the_chosen_one_is_preferred_to_every_other_with_the_order_shown(store: Store, place: Place) -> None:
    first, second, third = (answer.completion_id for answer in variants(store))
    assert choose(store, second) == 2
    assert preferences(place) == sorted([(second, first, first), (second, third, second)])


def test_choosing_twice_changes_nothing(store: Store, place: Place) -> None:
    piece = variants(store)[0].completion_id
    at_once(lambda _: choose(store, piece))
    assert choose(store, piece) == 2
    assert len(preferences(place)) == 2


def test_choosing_another_takes_the_place_of_the_choice_before(store: Store, place: Place) -> None:
    first, second, _ = (answer.completion_id for answer in variants(store))
    choose(store, first, "bob")
    choose(store, first)
    choose(store, second)
    assert [row[0] for row in preferences(place)] == sorted([first, first, second, second])
    assert store.choices.chosen("terminal", "", "ada", [first, second]) == {second}
    assert store.choices.chosen("terminal", "", "bob", [first, second]) == {first}
    assert store.choices.chosen("terminal", "", "cy", [first, second]) == set()


def test_choices_of_one_reader_that_come_together_do_not_contradict_each_other(
    store: Store, place: Place
) -> None:
    for _ in range(5):
        pieces = [answer.completion_id for answer in variants(store)]

        def one(number: int, pieces: list[int] = pieces) -> int:
            return choose(store, pieces[number % 3], "bob")

        assert at_once(one) == [2] * 8
        standing = [row for row in preferences(place) if row[0] in pieces]
        assert len({winner for winner, *_ in standing}) == 1
        assert len(standing) == 2


def test_who_comes_back_to_an_earlier_choice_has_chosen_once(store: Store) -> None:
    first, second, third = (answer.completion_id for answer in variants(store))
    for winner in (first, second, first):
        choose(store, winner)
    chosen = [(choice.winner_id, choice.loser_id) for choice in store.lessons.preferences(now())]
    assert chosen == [(first, second), (first, third)]
    assert store.erasure.holdings("terminal", "", "ada").preferences == 2
    assert store.positions.effect().choices == 1


def test_a_choice_that_is_delivered_again_does_not_become_the_newest(store: Store, place: Place) -> None:
    first, second, _ = (answer.completion_id for answer in variants(store))
    others = [choose(store, winner, key=key) for winner, key in ((first, "a"), (second, "b"), (first, "a"))]
    assert others == [2, 2, 0]
    assert store.choices.chosen("terminal", "", "ada", [first, second]) == {second}
    assert len(preferences(place)) == 2


def test_a_variant_that_was_never_shown_loses_to_none(store: Store, place: Place) -> None:
    first, second, _ = variants(store, shown=False)
    store.messages.sent(first.prompt_id, "terminal", "c1", "m1", 0, first.completion_id, last=False)
    assert choose(store, second.completion_id) == 1
    assert [row[:2] for row in preferences(place)] == [(second.completion_id, first.completion_id)]


def test_a_piece_without_variants_is_preferred_to_nothing(store: Store, place: Place) -> None:
    assert choose(store, written(store).completion_id) == 0
    assert preferences(place) == []
    with pytest.raises(UnknownRow):
        choose(store, 999)


def test_every_message_of_variants_leads_to_its_own(store: Store) -> None:
    answers = variants(store)
    shown = [
        store.messages.completion_shown_in("terminal", "c1", f"{answers[0].prompt_id}.{part}")
        for part in range(3)
    ]
    assert shown == [answer.completion_id for answer in answers]


def test_a_placeholder_leads_to_the_variant_that_is_shown_first(store: Store) -> None:
    answers = variants(store, shown=False)
    store.messages.sent(answers[0].prompt_id, "terminal", "c1", "m1", 0, None, last=False)
    assert store.messages.completion_shown_in("terminal", "c1", "m1") == answers[0].completion_id
