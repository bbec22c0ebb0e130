"""Buttons on Telegram become ratings of the completion that the message shows."""

from dataclasses import replace

import pytest

from bots.messages import UnknownCompletion
from bots.texts import say
from tests.bots.telegram_running import ANNA, BEN, BUTTONS, CLUB, LI, poem
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Message

pytestmark = pytest.mark.usefixtures("telegram_bot")

ANNA_ID, BEN_ID = str(ANNA["id"]), str(BEN["id"])
COMPLETION = 1001  # Of the first prompt.


async def test_a_tap_rates_and_says_thanks(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    query = await telegram.taps(message, "👍", ANNA)

    assert await telegram.toast(query) == "Thank you, noted: more like this."
    assert inbox.rating(COMPLETION, ANNA_ID) == 1


async def test_another_tap_flips_and_the_same_tap_clears(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    told = [await telegram.toast(await telegram.taps(message, label, ANNA)) for label in "👍👎👎"]

    assert told == [say("en", key) for key in ("rated-up", "rated-down", "rating-cleared")]
    assert [vote.value for vote in inbox.votes] == [1, -1, -1]
    assert inbox.rating(COMPLETION, ANNA_ID) is None


async def test_everybody_in_a_group_has_their_own_rating(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox, CLUB)
    await telegram.toast(await telegram.taps(message, "👍", ANNA))
    told = await telegram.toast(await telegram.taps(message, "👎", LI))

    assert told == "谢谢，记住了：以后少写这样的。"
    assert (inbox.rating(COMPLETION, ANNA_ID), inbox.rating(COMPLETION, str(LI["id"]))) == (1, -1)


async def test_taps_in_quick_succession_keep_their_order(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    for label in "👍👎👍👎👍":
        await telegram.taps(message, label, ANNA)
    await telegram.settled()

    assert inbox.rating(COMPLETION, ANNA_ID) == 1


async def test_an_old_message_can_still_be_rated(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    await telegram.toast(await telegram.taps(message, "👎", ANNA, visible=False))

    assert inbox.rating(COMPLETION, ANNA_ID) == -1


async def test_a_made_up_button_does_nothing(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    forged = Message(message.id, message.chat, message.text, [[{"text": "x", "callback_data": "a:1001"}]])
    shown, data = message.as_json(), forged.button("x").replace("1001", "77")
    query = {"id": "forged", "from": BEN, "message": shown, "chat_instance": "1", "data": data}
    await telegram.push("callback_query", query)
    await telegram.settled()

    assert len(inbox.prompts) == 1


async def test_again_asks_for_the_same_prompt_once_more(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox, CLUB)
    query = await telegram.taps(message, "Again", BEN)
    _, again = await inbox.asked(2)

    assert await telegram.toast(query) is None
    assert (again.incoming.again_of, again.incoming.reader.user) == (COMPLETION, BEN_ID)
    placeholder = await telegram.message("Writing…", CLUB)
    assert placeholder.quotes == message.id
    assert message.text == "Rain on the roof"


async def test_three_variants_are_shown_and_one_is_chosen(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox, CLUB)
    await telegram.taps(message, "3 variants", BEN)
    await inbox.asked(2)
    inbox.finish_variants(2, "One rain", "Two rains", "Three rains")
    await inbox.delivered(2)
    shown = telegram.chats.sent[1:]
    told = await telegram.toast(await telegram.taps(shown[2], "Choose", ANNA))

    assert (inbox.prompts[2].incoming.again_of, inbox.prompts[2].incoming.variants) == (COMPLETION, 3)
    assert [m.text for m in shown] == ["One rain", "Two rains", "Three rains"]
    assert [m.labels[3] for m in shown] == ["✓ Choose this"] * 3
    assert told == "Thank you, noted: you prefer this one."
    assert [(reader.user, winner) for reader, winner in inbox.preferences] == [(ANNA_ID, 1023)]


async def test_trouble_while_rating_is_told_in_the_toast(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    inbox.broken = RuntimeError("the database is gone")

    told = await telegram.toast(await telegram.taps(message, "👍", ANNA))
    assert (told or "").startswith(
        "I cannot take requests right now. Please try again in a few minutes. (No. "
    )


async def test_a_tap_counts_although_the_message_is_noted_later(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    message = await poem(telegram, inbox)
    inbox.broken = UnknownCompletion("not noted yet")
    tap = await telegram.taps(message, "👍", ANNA)
    await inbox.until(lambda: inbox.tries > 1, "another try")
    inbox.broken = None

    assert await telegram.toast(tap) == say("en", "rated-up")
    assert inbox.rating(COMPLETION, ANNA_ID) == 1


async def test_a_dislike_asks_for_its_reason_once(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    await telegram.toast(await telegram.taps(message, "👎", ANNA))
    await telegram.until(lambda: "Dull" in message.labels, "the reasons")
    told = await telegram.toast(await telegram.taps(message, "Dull", ANNA))
    await telegram.settled()

    assert told == "Thank you, that helps."
    assert (inbox.votes[-1].value, inbox.votes[-1].reason, inbox.votes[-1].toggle) == (-1, "dull", False)
    assert message.labels == BUTTONS
    assert inbox.rating(COMPLETION, ANNA_ID) == -1


async def test_who_changes_their_mind_is_asked_for_no_reason(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    message = await poem(telegram, inbox)
    await telegram.toast(await telegram.taps(message, "👎", ANNA))
    await telegram.until(lambda: "Dull" in message.labels, "the reasons")
    await telegram.toast(await telegram.taps(message, "👍", ANNA))
    await telegram.settled()

    assert message.labels == BUTTONS


async def test_a_tap_that_telegram_delivers_twice_does_not_clear_itself(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    message = await poem(telegram, inbox)
    shown = {"id": "same", "from": ANNA, "message": message.as_json(), "chat_instance": "1"}
    for _ in range(2):
        await telegram.push("callback_query", shown | {"data": message.button("👍")})
    await telegram.settled()

    assert inbox.rating(COMPLETION, ANNA_ID) == 1


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_reply_with_ones_own_version_is_kept(
    telegram: FakeTelegram, inbox: MemoryInbox, *, restarted: bool
) -> None:
    message = await poem(telegram, inbox)
    await telegram.taps(message, "My version", ANNA)
    question = await telegram.message("✎ Send me your own version")
    if restarted:  # Then only what stands in the question tells what it is about.
        question = replace(question, id=9_999)
    await telegram.says("Rain, rain on\nthe roof", by=ANNA, answers=question)
    await telegram.message("Thank you: your version is kept.")

    assert [(reader.user, piece, text) for reader, piece, text in inbox.rewrites] == [
        (ANNA_ID, COMPLETION, "Rain, rain on\nthe roof")
    ]
    assert len(inbox.prompts) == 1


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_old_piece_still_takes_ones_own_version(
    telegram: FakeTelegram, inbox: MemoryInbox, *, restarted: bool
) -> None:
    message = await poem(telegram, inbox, CLUB)
    await telegram.taps(message, "My version", ANNA, visible=False)
    question = await telegram.message("✎ ", CLUB)
    if restarted:
        question = replace(question, id=9_999)
    await telegram.says("Rain, rain", by=ANNA, chat=CLUB, answers=question)
    await inbox.until(lambda: bool(inbox.rewrites), "the version")

    assert [(piece, text) for _, piece, text in inbox.rewrites] == [(COMPLETION, "Rain, rain")]


async def test_in_a_group_who_tapped_is_named_and_so_made_to_answer(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    message = await poem(telegram, inbox, CLUB)
    await telegram.taps(message, "My version", BEN)
    question = await telegram.message("✎ ", CLUB)
    link, mention = question.entities

    assert question.text.startswith(f"✎ {BEN['first_name']}: ")
    assert (mention["type"], mention["user"]["id"]) == ("text_mention", BEN["id"])
    start = mention["offset"]
    assert question.text[start : start + mention["length"]] == BEN["first_name"]
    assert link["type"] == "text_link"


async def test_a_reply_to_the_piece_itself_is_no_version_of_it(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    message = await poem(telegram, inbox)
    await telegram.says("shorter", by=ANNA, answers=message)
    await inbox.asked(2)

    assert not inbox.rewrites


async def test_an_old_message_still_gives_another_one(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    await telegram.taps(message, "Again", ANNA, visible=False)
    _, again = await inbox.asked(2)

    assert again.incoming.again_of == COMPLETION


async def test_the_reader_stops_what_is_being_written_and_nobody_else_does(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("/poem rain", by=ANNA, chat=CLUB)
    message = await telegram.message("Writing…", CLUB)
    other = await telegram.toast(await telegram.taps(message, "Stop", BEN))
    told = await telegram.toast(await telegram.taps(message, "Stop", ANNA))
    await inbox.delivered(1)

    assert (other, told) == (say("en", "nothing-to-stop"), "Stopped.")
    assert (message.text, message.labels) == ("Stopped.", [])


async def test_a_long_piece_has_no_copy_button(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/poem rain", by=ANNA)
    await inbox.asked()
    inbox.finish(1, "雨" * 257)
    await inbox.delivered(1)

    assert (await telegram.rateable()).labels == BUTTONS[:-1]
