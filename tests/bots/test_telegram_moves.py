"""Groups on Telegram that become supergroups, and so get another id."""

import pytest

from tests.bots.telegram_running import ANNA, CLUB, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields, group


async def test_a_group_that_becomes_a_supergroup_gets_its_answer_and_its_reactions_count(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    new = group(8)
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        await telegram.message("Writing…")
        await inbox.followed(1)
        telegram.chats.move(CLUB, new)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)
        message = await telegram.rateable(new)
        await telegram.reacts(message, ANNA, ["👍"])
        await inbox.until(lambda: inbox.rating(1001, str(ANNA["id"]), "reaction") == 1, "the rating")

    assert message.text == "Rain on the roof"


async def test_what_is_asked_and_said_in_a_group_that_moves_is_noted_under_its_new_id(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    old, new = str(CLUB["id"]), group(8)
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        await telegram.message("Writing…")
        await inbox.followed(1)
        telegram.chats.move(CLUB, new)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)
        await inbox.until(lambda: inbox.moves == {old: str(new["id"])}, "the move")

    assert [sent.ref.chat for sent in inbox.prompts[1].sent] == [old, str(new["id"])]


@pytest.mark.parametrize(
    ("chat", "field"), [(CLUB, "migrate_to_chat_id"), (group(8), "migrate_from_chat_id")]
)
async def test_telegrams_word_of_a_move_is_kept_from_either_chat(
    telegram: FakeTelegram, inbox: MemoryInbox, chat: Fields, field: str
) -> None:
    other = group(8) if chat is CLUB else CLUB
    async with running(telegram, inbox):
        said = telegram.chats.write("", by=ANNA, chat=chat)
        await telegram.push("message", said | {field: other["id"]})
        await inbox.until(lambda: inbox.moves == {str(CLUB["id"]): str(group(8)["id"])}, "the move")
