"""Asked from a chat where the bot is not: offered while typing, written on a tap, rated in place."""

from typing import Any

import pytest

from bots.splitting import utf16_length
from bots.telegram_inline import KEPT, LongThemesHere, Themes, offers
from tests.bots.telegram_running import ANNA, BEN, LI, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields

MESSAGE = "AAAAinline1"
LONG = "a sonnet about the last train of the year, which waits for nobody and is late all the same"


async def offered(telegram: FakeTelegram, typed: str, by: Fields = ANNA) -> list[Fields]:
    """What is offered below what somebody types."""
    query = f"typed {len(telegram.offered)}"
    await telegram.push("inline_query", {"id": query, "from": by, "query": typed, "offset": ""})
    await telegram.until(lambda: query in telegram.offered, "offers")
    return telegram.offered[query]


async def sent(telegram: FakeTelegram, typed: str) -> str:
    """Somebody sends what is offered. Returns the data of its button."""
    [result] = await offered(telegram, typed)
    telegram.inline[MESSAGE] = [result["input_message_content"]["message_text"]]
    button: Any = result["reply_markup"]["inline_keyboard"][0][0]
    return str(button["callback_data"])


@pytest.mark.usefixtures("telegram_bot")
async def test_typing_writes_nothing_and_is_offered_in_the_readers_language(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    for typed in ("a h", "a haiku", "a haiku about rain"):
        [result] = await offered(telegram, typed)
    [chinese] = await offered(telegram, "雨", LI)

    assert result["title"] == "Write: a haiku about rain"
    assert chinese["title"] == "写：雨"
    assert await offered(telegram, "  ") == []
    assert not inbox.prompts


@pytest.mark.usefixtures("telegram_bot")
@pytest.mark.parametrize("theme", ["a haiku about rain", LONG])
async def test_a_tap_writes_into_the_inline_message_once(
    telegram: FakeTelegram, inbox: MemoryInbox, theme: str
) -> None:
    data = await sent(telegram, theme)
    for person in (ANNA, BEN, ANNA):
        await telegram.toast(await telegram.taps_inline(MESSAGE, data, person))
    [prompt] = await inbox.asked()
    inbox.finish(prompt.id, "Rain on the roof")
    await inbox.delivered(prompt.id)

    assert (prompt.incoming.text, len(inbox.prompts)) == (theme, 1)
    assert telegram.inline[MESSAGE][1:] == ["Writing…", "Rain on the roof"]
    assert [button["text"] for button in telegram.inline_buttons[MESSAGE]] == ["👍", "👎", "Copy"]
    assert telegram.chats.sent == []


@pytest.mark.usefixtures("telegram_bot")
async def test_a_tap_below_an_inline_message_rates_what_it_shows(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.taps_inline(MESSAGE, await sent(telegram, "rain"), ANNA)
    await inbox.asked()
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)
    told = await telegram.toast(await telegram.taps_inline(MESSAGE, "r:77:1", BEN))  # A made-up piece.

    assert told == "Thank you, noted: more like this."
    assert inbox.rating(1001, str(BEN["id"])) == 1


async def test_what_does_not_fit_goes_to_the_reader_in_private(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    text = ("The rain comes down\nand no one counts the drops\n\n" * 120).strip()
    await telegram.says("/start", by=ANNA)
    async with running(telegram, inbox):
        await telegram.taps_inline(MESSAGE, await sent(telegram, "a story about rain"), ANNA)
        await inbox.asked()
        inbox.finish(1, text)
        await inbox.delivered(1)
        last = await telegram.rateable()
        await telegram.reacts(last, BEN, ["👍"])
        await inbox.until(lambda: inbox.rating(1001, str(BEN["id"]), "reaction") == 1, "the rating")

    assert utf16_length(telegram.inline[MESSAGE][-1]) <= 4096
    assert f"{telegram.inline[MESSAGE][-1]}\n\n{last.text}" == text


async def test_an_inline_message_may_be_named_anyhow(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    named = "7:11"
    async with running(telegram, inbox):
        telegram.inline[named] = ["…"]
        await telegram.taps_inline(named, "i:rain", ANNA)
        await inbox.asked()
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert telegram.inline[named][1:] == ["Writing…", "Rain on the roof"]


async def test_an_offer_outlives_telegrams_trouble(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    telegram.outages["answerInlineQuery"] = 1
    async with running(telegram, inbox):
        assert await offered(telegram, "a haiku about rain")


async def test_a_long_theme_that_is_kept_elsewhere_outlives_a_restart(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    kept = LongThemesHere()  # As if it outlived the process.
    async with running(telegram, inbox, themes=kept):
        data = await sent(telegram, LONG)
    async with running(telegram, inbox, themes=kept):
        await telegram.taps_inline(MESSAGE, data, ANNA)
        [prompt] = await inbox.asked()

    assert prompt.incoming.text == LONG


async def test_after_a_restart_the_inline_message_still_becomes_the_answer(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.taps_inline(MESSAGE, await sent(telegram, "rain"), ANNA)
        await inbox.asked()
        await inbox.followed(1)
    inbox.finish(1, "Rain on the roof")
    async with running(telegram, inbox):
        await inbox.delivered(1)

    assert telegram.inline[MESSAGE][-1] == "Rain on the roof"


async def test_a_long_theme_that_a_restart_forgot_is_said(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        data = await sent(telegram, LONG)
    async with running(telegram, inbox):
        told = await telegram.toast(await telegram.taps_inline(MESSAGE, data, ANNA))

    assert told == "I no longer know what I was to write here. Please ask anew."
    assert not inbox.prompts


@pytest.mark.parametrize("theme", ["x" * 62, "x" * 63, "雨" * 20, "雨" * 21, "x" * 256])
async def test_a_theme_survives_its_button(theme: str) -> None:
    themes = Themes(LongThemesHere())
    data = await themes.data(theme)

    assert len(data.encode()) <= 64
    assert await themes.theme(data) == theme


async def test_the_oldest_long_themes_are_forgotten() -> None:
    themes = Themes(LongThemesHere())
    first, *_, last = [await themes.data(f"{n} {LONG}") for n in range(10_001)]

    assert await themes.theme(first) == ""
    assert await themes.theme(last) == f"10000 {LONG}"


async def test_a_slash_before_a_form_is_no_part_of_the_theme() -> None:
    [result] = await offers("/haiku rain", Themes(LongThemesHere()), "en")

    assert result.title == "Write: haiku rain"


async def test_a_long_theme_is_forgotten_an_hour_after_it_was_typed_or_tapped_last() -> None:
    clock = [0.0]
    themes = Themes(LongThemesHere(now=lambda: clock[0]))
    tapped, never_sent = [await themes.data(f"{LONG}, {word}") for word in ("tapped", "never sent")]
    clock[0] = KEPT - 1
    assert await themes.theme(tapped) == f"{LONG}, tapped"

    clock[0] = 2 * KEPT - 2
    assert [await themes.theme(data) for data in (tapped, never_sent)] == [f"{LONG}, tapped", ""]
    clock[0] = 3 * KEPT - 2
    assert await themes.theme(tapped) == ""
