"""Commands on Telegram beside the forms."""

from collections.abc import AsyncIterator

import pytest

from bots.messages import MessageRef
from bots.telegram_commands import READERS, listed, menu
from bots.texts import say
from tests.bots.telegram_running import ANNA, BEN, CHAT, CLUB, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryReaders
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT

ANNA_ID = str(ANNA["id"])


@pytest.fixture
def readers(inbox: MemoryInbox) -> MemoryReaders:
    return MemoryReaders(inbox)


@pytest.fixture(autouse=True)
async def bot(telegram: FakeTelegram, inbox: MemoryInbox, readers: MemoryReaders) -> AsyncIterator[None]:
    async with running(telegram, inbox, readers=readers):
        yield


@pytest.mark.parametrize(
    ("typed", "text", "variants"),
    [
        ("/again", "again", 1),
        ("/again, please", "again", 1),
        ("/variants", "again", 3),
        ("/variants 2", "again", 2),
        ("/variants 99999999", "again", 5),
        ("/shorter", "shorter", 1),
        ("/shorter and sadder", "shorter and sadder", 1),
    ],
)
async def test_a_command_is_about_the_readers_newest_piece(
    telegram: FakeTelegram, inbox: MemoryInbox, typed: str, text: str, variants: int
) -> None:
    await telegram.says(typed, by=ANNA)
    [prompt] = await inbox.asked()

    assert (prompt.incoming.text, prompt.incoming.variants) == (text, variants)
    assert (prompt.incoming.follow_up_of, prompt.incoming.answers) == (prompt.incoming.place, False)


async def test_a_command_that_answers_a_piece_is_about_that_one(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("/poem rain", by=ANNA, chat=CLUB)
    message = await telegram.message("Writing…", CLUB)
    await telegram.says("/shorter", by=BEN, chat=CLUB, answers=message)
    _, prompt = await inbox.asked(2)

    assert prompt.incoming.follow_up_of == MessageRef("telegram", str(CLUB["id"]), str(message.id))
    assert prompt.incoming.answers


async def test_variants_of_a_theme_are_a_new_request(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/variants a haiku about rain", by=ANNA)
    [prompt] = await inbox.asked()

    assert (prompt.incoming.text, prompt.incoming.variants) == ("a haiku about rain", 3)
    assert prompt.incoming.follow_up_of is None


async def test_stop_stops_what_is_written_for_the_reader(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/poem rain", by=ANNA)
    await telegram.says("/poem snow", by=BEN)
    await inbox.asked(2)
    await telegram.says("/stop", by=ANNA)
    await telegram.message("Stopped.", CHAT)
    await telegram.says("/stop", by=ANNA)
    await telegram.message("There is nothing being written for you right now.", CHAT)

    assert [prompt.end is None for prompt in inbox.prompts.values()].count(True) == 1


async def test_who_asks_first_is_told_once_how_the_bot_learns_and_may_say_no(
    telegram: FakeTelegram, inbox: MemoryInbox, readers: MemoryReaders
) -> None:
    await telegram.says("/poem rain", by=ANNA)
    told = await telegram.message("I learn from your requests and reactions")
    await telegram.says("/poem snow", by=ANNA)
    await inbox.asked(2)
    query = await telegram.taps(told, "Don't learn", ANNA)

    assert await telegram.toast(query) == "Noted: I will not learn from you."
    assert not readers.settled[ANNA_ID].consent
    assert len([m for m in telegram.chats.sent if m.text.startswith("I learn from")]) == 1


async def test_settings_change_the_language_and_the_consent(
    telegram: FakeTelegram, inbox: MemoryInbox, readers: MemoryReaders
) -> None:
    await telegram.says("/settings", by=ANNA)
    message = await telegram.message("Settings")
    assert message.labels == ["English", "中文", "✓ As in Telegram", "✓ Learn from me", "Don't learn from me"]
    await telegram.taps(message, "Don't learn", ANNA)
    await telegram.until(lambda: "I do not learn" in message.text, "the consent withdrawn")
    await telegram.taps(message, "中文", ANNA)
    await telegram.until(lambda: "✓ 中文" in message.labels, "the language chosen")
    await telegram.says("/poem rain", by=ANNA)
    [prompt] = await inbox.asked()

    assert message.text.startswith("设置")
    assert (readers.settled[ANNA_ID].language, readers.settled[ANNA_ID].consent) == ("zh", False)
    assert prompt.incoming.reader.locale == "zh"
    await telegram.message("正在写")


async def test_mydata_counts_exports_and_erases_once_confirmed(
    telegram: FakeTelegram, inbox: MemoryInbox, readers: MemoryReaders
) -> None:
    await telegram.says("/poem rain", by=ANNA)
    await inbox.asked()
    await telegram.says("/mydata", by=ANNA)
    message = await telegram.message("Stored of you: 1 requests")
    await telegram.taps(message, "Export", ANNA)
    await telegram.until(lambda: telegram.documents, "a document")
    await telegram.taps(message, "Erase", ANNA)
    await telegram.until(lambda: "Keep it" in message.labels, "the question")
    assert not readers.erased
    await telegram.taps(message, "Erase everything", ANNA)
    await telegram.until(lambda: message.text.startswith("Erased: 1 requests"), "it to be erased")

    assert telegram.documents == [(CHAT["id"], b'{"prompts": 1}')]
    assert readers.erased == [ANNA_ID]
    assert "v0002-cafe" in message.text
    assert not message.labels


async def test_of_many_versions_that_had_learned_the_newest_are_named(
    telegram: FakeTelegram, readers: MemoryReaders
) -> None:
    readers.learned = tuple(f"v{number:04d}-cafe" for number in range(1, 401))
    await telegram.says("/mydata delete", by=ANNA)
    await telegram.taps(await telegram.message("Erase everything?"), "Erase everything", ANNA)
    told = (await telegram.message("Erased:")).text

    assert "v0400-cafe, v0399-cafe" in told
    assert told.endswith("v0391-cafe and 390 more.")


async def test_who_thinks_better_of_it_keeps_everything(
    telegram: FakeTelegram, readers: MemoryReaders
) -> None:
    await telegram.says("/mydata", by=ANNA)
    message = await telegram.message("Stored of you")
    await telegram.taps(message, "Erase", ANNA)
    await telegram.until(lambda: "Keep it" in message.labels, "the question")
    await telegram.taps(message, "Keep it", ANNA)
    await telegram.until(lambda: "Export" in message.labels, "the data again")

    assert not readers.erased


@pytest.mark.parametrize("command", ["/mydata", "/settings@rhapsode_bot"])
async def test_in_a_group_nothing_private_is_shown(telegram: FakeTelegram, command: str) -> None:
    await telegram.says(command, by=ANNA, chat=CLUB)

    assert (await telegram.message("Please ask me that in a private chat", CLUB)).labels == []


@pytest.mark.parametrize("command", ["/rhapsode", "/rhapsode dance", "/rhapsode help", "/help"])
async def test_anything_else_is_a_call_for_help_in_groups_too(telegram: FakeTelegram, command: str) -> None:
    await telegram.says(command, by=BEN, chat=CLUB)

    await telegram.message("Tell me what to write about", CLUB)


@pytest.mark.parametrize("typed", ["/mydata delete", "/mydata Erase"])
async def test_mydata_may_be_told_what_is_to_become_of_it(
    telegram: FakeTelegram, readers: MemoryReaders, typed: str
) -> None:
    await telegram.says(typed, by=ANNA)
    await telegram.taps(await telegram.message("Erase everything?"), "Erase everything", ANNA)
    await telegram.message("Erased:")
    await telegram.says("/mydata export", by=ANNA)
    await telegram.until(lambda: telegram.documents, "the file")

    assert readers.erased == [ANNA_ID]


def test_a_menu_holds_a_hundred_commands_and_leaves_out_none_of_ours() -> None:
    names = [command.command for command in menu("en", ["help", *(f"form_{n}" for n in range(200))])]

    assert (len(names), len(set(names)), names[-len(READERS) :]) == (100, 100, list(READERS))


def test_help_bears_any_number_of_forms() -> None:
    told = say("en", "telegram-help", forms=listed([f"form_{n}" for n in range(500)]))

    assert "/form_0 /form_1 " in told
    assert "…" in told


@pytest.mark.parametrize("reads_all", [True, False])
async def test_in_a_group_the_bot_says_what_it_sees(
    telegram: FakeTelegram, inbox: MemoryInbox, *, reads_all: bool
) -> None:
    seen = "In this group I answer" if reads_all else "In this group I see commands and replies"
    telegram.reads_all = reads_all
    async with running(telegram, inbox):
        await telegram.says("/start@rhapsode_bot", by=ANNA, chat=CLUB)
        assert seen in (await telegram.message("Tell me what to write", CLUB)).text
        member = {"user": BOT, "status": "member"}
        change = {"chat": CLUB, "from": ANNA, "date": 1, "old_chat_member": member | {"status": "left"}}
        await telegram.push("my_chat_member", change | {"new_chat_member": member})
        await telegram.message(seen, CLUB)


async def test_trouble_behind_a_command_is_one_sentence(
    telegram: FakeTelegram, readers: MemoryReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(readers, "stored", broken)
    await telegram.says("/mydata", by=ANNA)

    await telegram.message("I cannot take requests right now.")
    assert not any("secret" in message.text for message in telegram.chats.sent)


async def test_stop_is_seen_before_the_next_look(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    await telegram.says("/poem rain", by=ANNA, chat=CLUB)
    message = await telegram.message("Writing…", CLUB)
    await telegram.says(f"/stop@{BOT['username']}", by=ANNA, chat=CLUB)
    await telegram.until(lambda: message.text == "Stopped.", "the stop")

    assert message.labels == []


async def test_who_could_not_be_told_how_the_bot_learns_is_told_the_next_time(
    telegram: FakeTelegram, inbox: MemoryInbox, readers: MemoryReaders
) -> None:
    telegram.knows_drafts = True  # So that nothing else is sent.
    telegram.chats.refused_sends = ["Bad Request: not enough rights to send text messages to the chat"]
    await telegram.says("/poem rain", by=ANNA)
    await telegram.until(lambda: not telegram.chats.refused_sends, "the refusal")
    assert ANNA_ID not in readers.asked
    await telegram.says("/poem snow", by=ANNA)
    await telegram.message("I learn")
    await inbox.asked(2)

    assert [message.text for message in telegram.chats.sent] == [say("en", "telegram-consent")]


async def test_the_way_out_of_learning_is_open_below_an_old_message(
    telegram: FakeTelegram, readers: MemoryReaders
) -> None:
    await telegram.says("/poem rain", by=ANNA, chat=CLUB)
    told = await telegram.message(say("en", "telegram-consent"), CLUB)
    toast = await telegram.toast(await telegram.taps(told, told.labels[0], ANNA, visible=False))

    assert toast == say("en", "not-learning")
    assert not readers.settled[ANNA_ID].consent
