"""A reader asks on Telegram and is answered, over the real client and real HTTP."""

import pytest

from bots.messages import MessageRef, Refused
from bots.telegram_commands import READERS, WISHES
from tests.bots.telegram_running import ANNA, BEN, BUTTONS, CHAT, CLUB, FORMS, LI
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT, group, private

pytestmark = pytest.mark.usefixtures("telegram_bot")


async def test_a_poem_is_shown_as_it_is_written_and_ends_with_its_buttons(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("/poem rain", by=ANNA)
    message = await telegram.message("Writing…")
    await inbox.followed(1)
    inbox.write(1, "Rain on")
    await telegram.until(lambda: message.text == "Rain on", "the live text")
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)

    assert message.history == ["Writing…", "Rain on", "Rain on the roof"]
    assert message.labels == BUTTONS
    assert telegram.chats.sent == [message]


async def test_a_command_names_the_form_and_the_theme(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/haiku  the last train", by=LI)
    [prompt] = await inbox.asked()

    assert (prompt.incoming.form, prompt.incoming.text) == ("haiku", "the last train")
    assert prompt.incoming.reader.locale == "zh-hans"
    await telegram.message("正在写")


async def test_an_update_that_comes_twice_is_one_prompt(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    update = await telegram.says("a poem about rain", by=ANNA)
    await telegram.push("message", update["message"])
    await telegram.settled()

    assert len(inbox.prompts) == 1
    inbox.finish(1, "Rain")
    await inbox.delivered(1)
    assert [message.text for message in telegram.chats.sent] == ["Rain"]


async def test_in_a_group_the_bot_answers_a_mention_and_quotes_it(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("lovely weather", by=ANNA, chat=CLUB)
    asked = await telegram.says("@Rhapsode_Bot, a poem about rain", by=ANNA, chat=CLUB)
    message = await telegram.message("Writing…", CLUB)

    assert [p.incoming.text for p in inbox.prompts.values()] == ["a poem about rain"]
    assert message.quotes == asked["message"]["message_id"]


async def test_in_a_group_a_reply_to_the_bot_is_a_request(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/poem rain", by=ANNA, chat=CLUB)
    message = await telegram.message("Writing…", CLUB)
    await telegram.says("now about snow", by=BEN, chat=CLUB, answers=message)
    prompts = await inbox.asked(2)

    assert prompts[1].incoming.text == "now about snow"
    assert prompts[1].incoming.follow_up_of == MessageRef("telegram", str(CLUB["id"]), str(message.id))
    assert prompts[1].incoming.answers
    assert prompts[1].incoming.reader.user == str(BEN["id"])


async def test_in_private_the_next_text_may_be_about_the_piece_before_it(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("/poem rain", by=ANNA)
    await telegram.says("shorter", by=ANNA)
    first, second = [prompt.incoming for prompt in await inbox.asked(2)]

    assert (first.follow_up_of, second.follow_up_of, second.answers) == (None, second.place, False)


async def test_who_stands_in_line_is_told_the_place(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    inbox.place = 7
    await telegram.says("/poem rain", by=LI)

    await telegram.message("你排在第 7 位。", private(LI))


async def test_the_answer_stands_in_the_topic_where_it_was_asked(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    forum = group(8, forum=True)
    await telegram.says("/poem@rhapsode_bot rain", by=ANNA, chat=forum, thread=31)

    assert (await telegram.message("Writing…", forum)).thread == "31"


async def test_another_bots_command_is_left_alone(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/poem@other_bot rain", by=ANNA, chat=CLUB)
    await telegram.says("/weather", by=ANNA, chat=CLUB)
    await telegram.settled()

    assert not inbox.prompts
    assert not telegram.chats.sent


@pytest.mark.parametrize("command", ["/start", "/help"])
async def test_help_lists_the_forms(telegram: FakeTelegram, inbox: MemoryInbox, command: str) -> None:
    await telegram.says(command, by=ANNA)

    assert "/poem /haiku /story" in (await telegram.message("Tell me")).text


async def test_the_commands_are_in_telegrams_menu_in_both_languages(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.until(lambda: len(telegram.commands) == 2, "two menus")

    for language in ("", "zh"):
        assert [c["command"] for c in telegram.commands[language]] == [*FORMS, *WISHES, *READERS]


async def test_a_refusal_is_one_sentence_in_the_readers_language(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    inbox.refusal = Refused("prompt-too-long", length=250, limit=200)
    await telegram.says("long", by=LI)

    await telegram.message("你写了 250 个字符，我最多能读 200 个。", private(LI))


async def test_when_the_broker_is_away_the_placeholder_says_so(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    inbox.broker_away = True
    await telegram.says("/poem rain", by=ANNA)
    message = await telegram.message("I have noted your request")
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert message.text == "Rain"


async def test_trouble_behind_the_bot_is_one_sentence_and_no_traceback(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    inbox.broken = RuntimeError("secret detail")
    await telegram.says("/poem rain", by=ANNA)
    message = await telegram.message("I cannot take requests right now.")

    assert "secret" not in message.text
    inbox.broken = None
    await telegram.says("/poem snow", by=ANNA)
    await telegram.message("Writing…")


async def test_a_prompt_that_fails_says_so_in_its_placeholder(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("/poem rain", by=ANNA)
    message = await telegram.message("Writing…")
    inbox.fail(1)
    await inbox.delivered(1)

    assert message.text == "I could not write this one. Please ask again. (No. 1)"


async def test_updates_that_are_no_requests_do_no_harm(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    head = {"message_id": 900, "date": 1, "chat": CHAT, "from": ANNA}
    await telegram.push("edited_message", head | {"text": "edited", "edit_date": 2})
    await telegram.push("message", head | {"pinned_message": head | {"text": "pinned"}})
    await telegram.push("message", head | {"caption": "a photo", "photo": []})
    await telegram.push("message", head | {"text": "from a bot", "from": BOT})
    await telegram.push("channel_post", {"message_id": 1, "date": 1, "chat": CLUB, "text": "news"})
    await telegram.push("callback_query", {"id": "q", "from": ANNA, "chat_instance": "1", "data": "r:1:1"})
    await telegram.push("something_new", {"content": [1]})
    await telegram.says("/poem rain", by=ANNA)
    await telegram.message("Writing…")

    assert len(inbox.prompts) == 1
