"""A reader's own corner, the operators' commands, and the assistant's surface."""

import json
from collections.abc import AsyncIterator

import pytest

from bots.readers import Shown
from bots.texts import say
from tests.bots.slack_running import running, written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import WRITTEN_AT, MemoryReaders
from tests.fakes.slack import SlackServer


@pytest.fixture
async def readers(slack: SlackServer, inbox: MemoryInbox) -> AsyncIterator[MemoryReaders]:
    """Of a bot that runs as long as the test."""
    people = MemoryReaders(inbox, asked={"U1", "U2"})
    async with running(slack, inbox, readers=people):
        yield people


async def test_the_home_shows_pieces_settings_and_favourites(
    slack: SlackServer, readers: MemoryReaders
) -> None:
    readers.pieces = [Shown(1, "plot_outline", "<!channel> rain", "Rain <@U1>\n" * 400, 3, WRITTEN_AT)] * 9
    slack.open_home("U2")
    await slack.until(lambda: "U2" in slack.homes, "a home")
    shown = json.dumps(slack.homes["U2"], ensure_ascii=False)

    assert "本周最受欢迎" in shown
    assert "&lt;@U1&gt;" in shown
    assert "<@U1>" not in shown
    assert "<!channel>" not in shown
    assert shown.count("👍 3") == 10
    assert shown.count(f"{say('zh', 'studio-form-plot_outline')} ·") == 10


async def test_a_language_that_is_settled_is_spoken_from_then_on(
    slack: SlackServer, readers: MemoryReaders
) -> None:
    slack.open_home()
    await slack.until(lambda: "U1" in slack.homes, "a home")
    slack.tap_view(slack.homes["U1"], "home_language", "zh")
    await slack.until(lambda: "设置" in json.dumps(slack.homes["U1"], ensure_ascii=False), "a Chinese home")
    slack.mention("")

    assert (await slack.posted())[0].shown.startswith("告诉我写什么")


async def test_learning_is_turned_off_in_the_settings(slack: SlackServer, readers: MemoryReaders) -> None:
    slack.command("/rhapsode", "settings")
    slack.tap_view(await slack.viewed(), "home_learn", "no")
    view = await slack.viewed(2)

    assert not readers.settled["U1"].consent
    assert "I do not learn" in json.dumps(view)


async def test_what_was_settled_in_a_view_that_is_closed_is_kept_without_a_word(
    slack: SlackServer, readers: MemoryReaders
) -> None:
    slack.command("/rhapsode", "settings")
    view = await slack.viewed()
    slack.views.clear()
    tapped = slack.tap_view(view, "home_learn", "no")
    slack.tap_view(view, "home_learn", "maybe")
    slack.command("/rhapsode", "help")
    await slack.acknowledged(tapped)
    await slack.until(lambda: "U1" in readers.settled, "a setting")
    await slack.whispered()

    assert not readers.settled["U1"].consent
    assert [text for _, text in slack.whispers] == [say("en", "slack-help")]
    assert slack.bot_messages == []


async def test_a_home_asks_by_form_and_is_answered_directly(
    slack: SlackServer, inbox: MemoryInbox, readers: MemoryReaders
) -> None:
    slack.open_home()
    await slack.until(lambda: "U1" in slack.homes, "a home")
    slack.tap_view(slack.homes["U1"], "home_ask")
    slack.submit(await slack.viewed(), theme="rain")
    [message] = await slack.posted()

    assert message.channel == "D1"


async def test_what_is_stored_is_shown_exported_and_erased(
    slack: SlackServer, inbox: MemoryInbox, readers: MemoryReaders
) -> None:
    await written(slack, inbox)
    slack.command("/mydata", "")
    view = await slack.viewed()
    slack.tap_view(view, "data_export", "export")
    await slack.until(lambda: bool(slack.shared), "a file")
    erase = slack.tap_view(view, "data_erase", "erase")
    await slack.acknowledged(erase, slack.socket.send("interactive", erase.payload))
    erased = await slack.viewed(2)

    assert "1 requests, 1 pieces" in json.dumps(view)
    assert slack.shared == [("D1", "F0")]
    assert slack.files["F0"] == b'{"prompts": 1}'
    assert readers.erased == ["U1"]
    assert "v0002-cafe" in json.dumps(erased)


async def test_of_many_versions_that_had_learned_the_newest_are_named(
    slack: SlackServer, readers: MemoryReaders
) -> None:
    readers.learned = tuple(f"v{number:04d}-cafe" for number in range(1, 401))
    slack.command("/mydata", "")
    slack.tap_view(await slack.viewed(), "data_erase", "erase")

    assert "v0391-cafe and 390 more." in json.dumps(await slack.viewed(2))


async def test_an_export_comes_as_text_where_files_are_refused(
    slack: SlackServer, readers: MemoryReaders
) -> None:
    readers.exported = "\n".join(f"{number} rain 🌧️" for number in range(500))
    slack.scopes.discard("files:write")
    slack.limits["chat.postMessage"].extend([1, 1])
    slack.command("/rhapsode", "mydata")
    slack.tap_view(await slack.viewed(), "data_export", "export")
    said = [message.shown for message in await slack.posted(3)]

    assert "".join(said) == readers.exported
    assert {message.channel for message in slack.bot_messages} == {"D1"}


@pytest.mark.usefixtures("readers")
async def test_operators_see_and_pause_the_service(slack: SlackServer) -> None:
    said = []
    for number, wish in enumerate(["status", "version", "pause", "status", "resume"], start=1):
        slack.command("/rhapsode", wish)
        said.append((await slack.whispered(number))[-1][1])

    assert "v0002-cafe" in said[0]
    assert "Writers: 1" in said[0]
    assert said[1] == "Live: v0002-cafe, on trial: –"
    assert [text.splitlines()[-1] for text in said[2:]] == [
        "Paused: I take no new requests.",
        "Paused: I take no new requests.",
        "I take requests again.",
    ]


@pytest.mark.usefixtures("readers")
async def test_others_are_told_that_only_operators_may(slack: SlackServer) -> None:
    for number, wish in enumerate(["status", "pause", "version", "resume"], start=1):
        slack.command("/rhapsode", wish, user="U2")
        assert (await slack.whispered(number))[-1][1] == "只有本服务的管理员才能这样做。"


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize("wish", ["", "help", "<!channel>"])
async def test_anything_else_is_help(slack: SlackServer, wish: str) -> None:
    slack.command("/rhapsode", wish)

    assert "/poem" in (await slack.whispered())[0][1]


@pytest.mark.usefixtures("readers")
async def test_an_assistant_thread_suggests_says_that_it_writes_and_has_a_title(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    thread = slack.open_assistant()
    await slack.until(lambda: bool(slack.decorations), "suggestions")
    slack.direct("rain on a tin roof", thread_ts=thread)
    [message] = await slack.posted()
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert (message.thread_ts, message.shown) == (thread, "Rain")
    kinds = [(kind, of) for kind, of, _ in slack.decorations]
    assert kinds == [("setSuggestedPrompts", thread), ("setStatus", thread), ("setTitle", thread)]
    assert slack.decorations[0][2][0]["message"] == "a haiku about rain"
    assert slack.decorations[2][2] == "rain on a tin roof"
