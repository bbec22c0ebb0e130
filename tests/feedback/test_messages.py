"""Messages lead to completions, and say what is still to be shown."""

import pytest

from feedback.records import UnknownRow
from feedback.store import Store
from tests.feedback.pieces import asked, claimed, written
from tests.feedback.places import Place


def sent(
    store: Store, prompt: int, message: str, part: int = 0, completion: int | None = None, last: bool = False
) -> None:
    store.messages.sent(prompt, "terminal", "c1", message, part, completion, last)


def shown(store: Store, message: str) -> int | None:
    return store.messages.completion_shown_in("terminal", "c1", message)


def test_a_placeholder_shows_its_prompts_completion_once_there_is_one(store: Store) -> None:
    waiting = asked(store)
    sent(store, waiting, "m1")
    assert shown(store, "m1") is None

    answer = written(store)
    sent(store, answer.prompt_id, "m2")

    assert shown(store, "m2") == answer.completion_id


def test_every_part_shows_the_completion(store: Store) -> None:
    answer = written(store)
    for part in range(3):
        sent(store, answer.prompt_id, f"m{part}", part, answer.completion_id, last=part == 2)
    assert {shown(store, f"m{part}") for part in range(3)} == {answer.completion_id}


def test_an_unknown_message_shows_nothing(store: Store) -> None:
    answer = written(store)
    sent(store, answer.prompt_id, "m1", completion=answer.completion_id)
    assert shown(store, "m9") is None
    assert store.messages.completion_shown_in("terminal", "c2", "m1") is None
    assert store.messages.completion_shown_in("slack", "c1", "m1") is None


def test_a_late_placeholder_record_does_not_unmake_a_completion(store: Store, place: Place) -> None:
    answer = written(store)
    sent(store, answer.prompt_id, "m1", completion=answer.completion_id)
    sent(store, answer.prompt_id, "m1")
    assert place.rows("SELECT message, completion_id FROM message") == [("m1", answer.completion_id)]


def test_a_message_stays_with_its_prompt(store: Store) -> None:
    first, second = written(store), written(store)
    sent(store, first.prompt_id, "m1", completion=first.completion_id)
    sent(store, second.prompt_id, "m1", completion=second.completion_id)
    assert shown(store, "m1") == first.completion_id


def test_undelivered_is_what_is_not_wholly_shown_oldest_first(store: Store) -> None:
    long, new, done = written(store), asked(store, thread="t", reply_to="r"), written(store)
    asked(store, platform="slack")
    sent(store, long.prompt_id, "m1", completion=long.completion_id)
    sent(store, done.prompt_id, "m2", completion=done.completion_id, last=True)

    first, second = store.messages.undelivered("terminal")

    assert (first.prompt_id, first.messages) == (long.prompt_id, ("m1",))
    assert (second.prompt_id, second.messages, second.thread, second.reply_to) == (new, (), "t", "r")


def test_the_last_part_closes_the_prompt_and_delivers_the_completion(store: Store, place: Place) -> None:
    answer = written(store)
    for _ in range(2):
        sent(store, answer.prompt_id, "m1", completion=answer.completion_id, last=True)
    assert store.messages.undelivered("terminal") == []
    assert place.rows("SELECT count(*) FROM prompt WHERE closed_at IS NOT NULL") == [(1,)]
    assert place.rows("SELECT count(*) FROM completion WHERE delivered_at IS NOT NULL") == [(1,)]


def test_a_message_sent_anew_takes_the_place_of_one_that_is_gone(store: Store) -> None:
    prompt_id, _ = claimed(store)
    sent(store, prompt_id, "gone")
    sent(store, prompt_id, "anew")
    sent(store, prompt_id, "second", part=1)
    assert store.messages.undelivered("terminal")[0].messages == ("anew", "second")


def test_a_closed_place_is_not_tried_again(store: Store) -> None:
    prompt_id = asked(store)
    store.messages.close(prompt_id, "chat-gone")
    store.messages.close(prompt_id, "again")
    assert store.messages.undelivered("terminal") == []
    assert store.prompts.state(prompt_id).failure == "chat-gone"


def test_a_message_for_an_unknown_prompt_is_refused(store: Store) -> None:
    with pytest.raises(UnknownRow):
        sent(store, 999, "m1")
