"""What Telegram and restarts do to an answer on its way, and that it still arrives once and whole."""

import asyncio
import logging

import pytest

from bots.messages import Reply
from bots.splitting import utf16_length
from bots.telegram import TelegramBot, TokenRefused
from bots.telegram_surface import message_parts, with_mark
from tests.bots.telegram_running import ANNA, BEN, BUTTONS, CHAT, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators, MemoryReaders
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import private

STANZA = "The rain 🌧️ comes down\nand no one counts the drops\n\n"


async def test_a_long_text_comes_in_parts_with_the_buttons_on_the_last(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    text = (STANZA * 200).strip()
    async with running(telegram, inbox):
        await telegram.says("/story rain", by=ANNA)
        await inbox.asked()
        inbox.finish(1, text)
        prompt = await inbox.delivered(1)

    shown = telegram.chats.sent
    assert "\n\n".join(message.text for message in shown) == text
    assert all(utf16_length(message.text) <= 4096 for message in shown)
    assert [bool(message.markup) for message in shown] == [False] * (len(shown) - 1) + [True]
    recorded = {sent.part: sent for sent in prompt.sent if sent.completion_id == 1001}
    assert [recorded[part].ref.message for part in recorded] == [str(message.id) for message in shown]


async def test_a_reaction_to_the_first_of_several_parts_counts(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/story rain", by=ANNA)
        await inbox.asked()
        inbox.finish(1, STANZA * 100)
        await inbox.delivered(1)
        await telegram.reacts(telegram.chats.sent[0], ANNA, ["👏"])
        await inbox.until(lambda: inbox.rating(1001, str(ANNA["id"]), "reaction") == 1, "the rating")


async def test_after_a_restart_the_placeholder_becomes_the_answer(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        message = await telegram.message("Writing…")
        await inbox.followed(1)
    inbox.finish(1, "Rain on the roof")
    async with running(telegram, inbox):
        await inbox.delivered(1)

    assert telegram.chats.sent == [message]
    assert (message.text, message.labels) == ("Rain on the roof", BUTTONS)


async def test_the_mark_of_a_form_stands_below_the_piece(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await telegram.says("/haiku rain", by=ANNA)
        message = await telegram.message("Writing…")
        inbox.finish(1, "Rain on the roof", "5-7-5 ✓")
        await inbox.delivered(1)
    assert message.text == "Rain on the roof\n\n— 5-7-5 ✓"


@pytest.mark.parametrize(("length", "shown"), [(4085, True), (4086, False)])
def test_a_mark_that_does_not_fit_is_left_out(length: int, shown: bool) -> None:
    reply = Reply(1, 2, "x" * length, "haiku", "base", 7, 4, 5.0, 50.0, "5-7-5 ✓")
    assert with_mark(reply.text, None) == reply.text
    assert ("✓" in with_mark(reply.text, reply)) is shown


def test_the_notice_finds_room_below_the_longest_part_and_the_mark_gives_way() -> None:
    notice = "Written by an AI."
    [*_, last] = message_parts("x" * 4077 + "y" * 4077, notice)
    reply = Reply(1, 2, last, "haiku", "base", 7, 4, 5.0, 50.0, "5-7-5 ✓")

    assert with_mark(last, reply, notice) == f"{last}\n\n{notice}"


async def test_what_is_asked_while_the_bot_is_away_is_answered_when_it_is_back(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("/poem rain", by=ANNA)
    async with running(telegram, inbox):
        await telegram.message("Writing…")
        await telegram.settled()

    assert len(inbox.prompts) == 1


async def test_a_blocked_bot_gives_up_quietly(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await telegram.message("Writing…")
        telegram.chats.blocked.add(CHAT["id"])
        inbox.finish(1, "Rain on the roof")
        prompt = await inbox.delivered(1)

    assert prompt.closed == "Forbidden: bot was blocked by the user"


async def test_a_flooded_chat_waits_and_no_other_chat_waits_with_it(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        for reader in (ANNA, BEN):
            await telegram.says("/poem rain", by=reader)
            await telegram.message("Writing…", private(reader))
        await inbox.asked(2)
        telegram.chats.floods[CHAT["id"]] = [2]
        flooded, free = (1, 2) if inbox.prompts[1].incoming.reader.user == str(ANNA["id"]) else (2, 1)
        inbox.finish(flooded, "Rain for one")
        await telegram.until(lambda: not telegram.chats.floods[CHAT["id"]], "the 429")
        inbox.finish(free, "Rain for another")
        await inbox.delivered(free)
        assert inbox.prompts[flooded].closed is None
        await inbox.delivered(flooded)

    assert sorted(message.text for message in telegram.chats.sent) == ["Rain for another", "Rain for one"]


async def test_live_edits_keep_their_distance(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox, edit_interval=60):
        await telegram.says("/poem rain", by=ANNA)
        message = await telegram.message("Writing…")
        await inbox.followed(1)
        for text in ("Rain", "Rain on", "Rain on the"):
            inbox.write(1, text)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert message.history == ["Writing…", "Rain", "Rain on the roof"]


async def test_a_deleted_placeholder_is_replaced(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        telegram.chats.delete(await telegram.message("Writing…"))
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == ["Rain on the roof"]


async def test_a_text_that_is_already_shown_is_no_error(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
        await inbox.followed(1)
        inbox.write(1, "Rain")
        inbox.write(1, "Rain ")
        inbox.finish(1, "Rain")
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == ["Rain"]


async def test_an_unknown_token_is_said_without_showing_it(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    bot = TelegramBot(
        "1:a-wrong-token",
        inbox,
        inbox,
        ["poem"],
        readers=MemoryReaders(inbox),
        operators=MemoryOperators(),
        api_url=telegram.url,
    )

    with pytest.raises(TokenRefused) as refused:
        await bot.run(asyncio.Event())
    assert "wrong" not in str(refused.value)


async def test_the_bot_stops_while_telegram_cannot_be_reached(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    telegram.outages = {"getMe": 1_000_000}
    async with running(telegram, inbox):
        await telegram.until(lambda: telegram.called("getMe"), "a try")

    assert not telegram.called("getUpdates")


async def test_no_log_line_holds_the_token_or_the_readers_text(
    telegram: FakeTelegram,
    inbox: MemoryInbox,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    async with running(telegram, inbox):
        await telegram.says("/poem a private matter", by=ANNA)
        await telegram.message("Writing…")
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    logged = caplog.text + "".join(capsys.readouterr())
    assert "telegram bot is connected" in logged
    assert not [word for word in (telegram.token, "private matter", "on the roof") if word in logged]
