"""What a completion was written for, what came before it, and what a reader means by "the last one"."""

import pytest

from feedback.records import Answer, UnknownRow
from feedback.store import Store
from tests.feedback.pieces import asked, variants, written


def after(store: Store, piece: Answer, kind: str, instruction: str = "", text: str = "") -> Answer:
    """A follow-up of a piece, written."""
    return written(store, text, parent_completion_id=piece.completion_id, kind=kind, instruction=instruction)


def newest(store: Store, user: str = "ada", thread: str = "t") -> int | None:
    return store.conversations.newest_of("terminal", "", user, "c1", thread)


def newest_in_thread(store: Store, user: str) -> int | None:
    return store.conversations.newest_in_thread("terminal", "", user, "c1", "t")


def test_what_a_completion_was_written_for_and_where(store: Store) -> None:
    piece = written(store, form="sonnet", theme="snow", language="zh")
    origin = store.conversations.origin(after(store, piece, "revise", "shorter").completion_id)
    assert (origin.form, origin.kind, origin.instruction) == ("haiku", "revise", "shorter")
    assert origin.parent_completion_id == piece.completion_id
    origin = store.conversations.origin(piece.completion_id)
    assert (origin.form, origin.theme, origin.language, origin.kind) == ("sonnet", "snow", "zh", "new")
    assert (origin.platform, origin.workspace, origin.chat) == ("terminal", "", "c1")


def test_a_conversation_is_what_a_piece_follows_up_on_oldest_first(store: Store) -> None:
    first = written(store, "Rain")
    second = after(store, first, "revise", "shorter", "Rai")
    third = after(store, second, "continue", text="n on")
    after(store, first, "revise", "sadder")
    pieces = store.conversations.up_to(third.completion_id)
    assert [(p.kind, p.instruction, p.text) for p in pieces] == [
        ("new", "", "Rain"),
        ("revise", "shorter", "Rai"),
        ("continue", "", "n on"),
    ]


def test_again_begins_a_conversation_of_its_own(store: Store) -> None:
    again = after(store, written(store), "again", text="Other rain")
    assert [p.text for p in store.conversations.up_to(again.completion_id)] == ["Other rain"]


def test_the_newest_is_the_readers_own_and_in_the_same_place(store: Store) -> None:
    mine = written(store, thread="t")
    written(store, thread="t", user="bob")
    written(store, thread="other")
    asked(store, thread="t")
    assert newest(store) == mine.completion_id
    assert newest(store, "cy") is None
    assert newest(store, thread="nowhere") is None


def test_in_a_thread_a_reader_without_a_piece_means_that_of_another(store: Store) -> None:
    mine, theirs = written(store, thread="t"), written(store, thread="t", user="bob")
    assert newest_in_thread(store, "ada") == mine.completion_id
    assert newest_in_thread(store, "cy") == theirs.completion_id


def test_of_variants_the_last_shown_is_meant_until_one_is_chosen(store: Store) -> None:
    first, *_, last = variants(store, thread="t")
    assert newest(store) == last.completion_id
    store.choices.choose("terminal", "", "ada", first.completion_id)
    assert newest(store) == first.completion_id
    assert newest_in_thread(store, "cy") == last.completion_id


def test_an_unknown_completion_has_neither_origin_nor_conversation(store: Store) -> None:
    for ask in (store.conversations.origin, store.conversations.up_to):
        with pytest.raises(UnknownRow):
            ask(999)
