"""A group that got another id keeps what was asked and said in it."""

import pytest

from feedback.store import Store
from tests.feedback.pieces import asked, written

OLD, NEW = "-5", "-1005"


@pytest.fixture
def piece(store: Store) -> int:
    """A completion that a message of the group shows."""
    answer = written(store, platform="telegram", workspace="1", chat=OLD)
    store.messages.sent(answer.prompt_id, "telegram", OLD, "7", 0, answer.completion_id, True)
    return answer.completion_id


def moved(store: Store) -> None:
    for _ in range(2):  # Telegram says it in both chats.
        store.moves.keep("telegram", "1", OLD, NEW)


def test_what_was_asked_in_a_group_is_of_its_new_id_and_its_messages_are_found(
    store: Store, piece: int
) -> None:
    moved(store)

    assert store.conversations.origin(piece).chat == NEW
    assert store.conversations.newest_of("telegram", "1", "ada", NEW, "") == piece
    for chat in (OLD, NEW):
        assert store.messages.completion_shown_in("telegram", chat, "7") == piece


def test_a_message_of_the_new_group_comes_before_an_old_one_of_the_same_number(
    store: Store, piece: int
) -> None:
    moved(store)
    newer = written(store, platform="telegram", workspace="1", chat=NEW)
    store.messages.sent(newer.prompt_id, "telegram", NEW, "7", 0, newer.completion_id, True)

    assert store.messages.completion_shown_in("telegram", NEW, "7") == newer.completion_id
    assert store.messages.completion_shown_in("telegram", OLD, "7") == piece


def test_what_is_not_delivered_yet_goes_to_the_new_id(store: Store) -> None:
    asked(store, platform="telegram", workspace="1", chat=OLD)
    moved(store)

    assert [prompt.chat for prompt in store.messages.undelivered("telegram")] == [NEW]


def test_other_chats_and_other_bots_stay_where_they_are(store: Store) -> None:
    elsewhere = [
        asked(store, platform=platform, workspace=workspace, chat=chat)
        for platform, workspace, chat in (
            ("telegram", "1", "-6"),
            ("telegram", "2", OLD),
            ("slack", "1", OLD),
        )
    ]
    moved(store)

    left = [prompt for platform in ("telegram", "slack") for prompt in store.messages.undelivered(platform)]
    assert {prompt.prompt_id: prompt.chat for prompt in left} == dict(
        zip(elsewhere, ("-6", OLD, OLD), strict=True)
    )
