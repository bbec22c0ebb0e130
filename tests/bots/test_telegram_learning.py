"""Who rates before they ask hears how the bot learns, without a word to others."""

import pytest

from bots.texts import say
from tests.bots.telegram_running import ANNA, BEN, CHAT, CLUB, poem, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryReaders
from tests.fakes.telegram import FakeTelegram

BEN_ID = str(BEN["id"])


@pytest.mark.parametrize("consent", [True, False])
async def test_whose_first_word_in_a_group_is_a_rating_is_told_beside_the_answer_to_it(
    telegram: FakeTelegram, inbox: MemoryInbox, consent: bool
) -> None:
    readers = MemoryReaders(inbox, asked={str(ANNA["id"])}, consent=consent)
    async with running(telegram, inbox, readers=readers):
        message = await poem(telegram, inbox, CLUB)
        said = len(telegram.chats.sent)
        first = await telegram.toast(await telegram.taps(message, "👍", BEN))
        await inbox.until(lambda: BEN_ID in readers.asked)
        second = await telegram.toast(await telegram.taps(message, "👍", BEN))

    learns = say("en", "telegram-consent-beside", consent="yes" if consent else "no")
    assert (first, second) == (f"{say('en', 'rated-up')} {learns}", say("en", "rating-cleared"))
    assert (telegram.alerts, len(telegram.chats.sent)) == ([first], said)


async def test_who_rates_in_private_is_told_in_a_message(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    readers = MemoryReaders(inbox, asked={str(ANNA["id"])})
    async with running(telegram, inbox, readers=readers):
        message = await poem(telegram, inbox)
        readers.asked.clear()
        assert await telegram.toast(await telegram.taps(message, "👍", ANNA)) == say("en", "rated-up")
        await telegram.message(say("en", "telegram-consent"), CHAT)
    assert telegram.alerts == []


async def test_who_only_sends_their_own_version_is_told_below_the_thanks(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    readers = MemoryReaders(inbox, asked={str(ANNA["id"])})
    async with running(telegram, inbox, readers=readers):
        await telegram.taps(await poem(telegram, inbox, CLUB), "My version", BEN)
        question = await telegram.message("✎ Reader 12: Send me your own version", CLUB)
        await telegram.says("My rain", by=BEN, chat=CLUB, answers=question)
        await telegram.message(say("en", "version-kept"), CLUB)
        await telegram.message(say("en", "telegram-consent"), CLUB)
        await inbox.until(lambda: BEN_ID in readers.asked)


async def test_where_nobody_is_learned_from_unasked_the_reader_is_asked_for_a_yes(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    readers = MemoryReaders(inbox, consent=False)
    async with running(telegram, inbox, readers=readers):
        await telegram.says("/poem rain", by=ANNA)
        asked = await telegram.message(say("en", "telegram-consent-wanted"), CHAT)
        toast = await telegram.toast(await telegram.taps(asked, "Learn from me", ANNA, visible=False))

    assert toast == say("en", "learning")
    assert readers.settled[str(ANNA["id"])].consent


@pytest.mark.parametrize("key", ["rated-up", "rated-down", "rating-cleared", "chosen"])
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("consent", ["yes", "no"])
def test_what_is_told_beside_the_answer_to_a_tap_fits_into_it(key: str, locale: str, consent: str) -> None:
    assert len(f"{say(locale, key)} {say(locale, 'telegram-consent-beside', consent=consent)}") <= 200
