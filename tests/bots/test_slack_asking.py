"""A reader asks in Slack and is answered, over the real client, real HTTP and a real WebSocket."""

import asyncio
from typing import Any

import pytest

from bots.messages import Refused
from bots.slack_payloads import command_key
from bots.texts import say
from tests.bots.slack_running import written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import BOT_USER

pytestmark = pytest.mark.usefixtures("slack_bot")


async def test_a_mention_is_answered_in_its_thread_as_it_is_written_and_ends_with_buttons(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    asked = slack.mention("a poem about rain").payload["event"]
    [message] = await slack.posted()
    assert (message.channel, message.thread_ts, message.shown) == ("C1", asked["ts"], "Writing…")

    await inbox.followed(1)
    inbox.write(1, "Rain on")
    await slack.shows(message, "Rain on")
    assert message.buttons == {}
    reply = inbox.finish(1, "Rain on\n  the roof")
    await inbox.delivered(1)

    assert message.shown == "Rain on\n  the roof"
    number = str(reply.completion_id)
    assert message.buttons == {"rate_up": f"up:{number}", "rate_down": f"down:{number}"} | dict.fromkeys(
        ("again", "variants", "edit"), number
    )
    assert inbox.prompts[1].incoming.text == "a poem about rain"


async def test_a_mention_inside_a_thread_is_answered_in_that_thread(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    first = slack.mention("rain").payload["event"]["ts"]
    slack.mention("snow", thread_ts=first)

    assert [message.thread_ts for message in await slack.posted(2)] == [first, first]


async def test_a_direct_message_is_answered_in_the_conversation(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.direct("一首关于雨的俳句", channel="D2", user="U2")
    [message] = await slack.posted()
    inbox.finish(1, "雨落屋檐下")
    await inbox.delivered(1)

    assert (message.channel, message.thread_ts, message.versions) == ("D2", None, ["正在写……"])
    assert message.shown == "雨落屋檐下"
    assert len(inbox.prompts) == 1  # The bot has heard itself.


async def test_slash_poem_is_answered_in_the_channel_even_where_the_bot_is_no_member(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    command = slack.command("/poem", "rain &amp; wind", channel="C2")
    [message] = await slack.posted()
    inbox.finish(1, "Rain & wind")
    await inbox.delivered(1)

    incoming = inbox.prompts[1].incoming
    assert (incoming.form, incoming.text) == ("poem", "rain & wind")
    assert incoming.key == f"slack:T1:C2:{command_key(command.payload)}"
    assert (message.channel, message.thread_ts, message.shown) == ("C2", None, "Rain & wind")


@pytest.mark.parametrize("channel", ["G1", "C3"])
async def test_a_command_where_nothing_can_be_posted_is_answered_to_its_reader_alone(
    slack: SlackServer, inbox: MemoryInbox, channel: str
) -> None:
    slack.command("/poem", "rain", channel=channel)
    [(user, text)] = await slack.whispered()
    prompt = await inbox.delivered(1)

    assert user == "U1"
    assert "/invite" in text
    assert prompt.closed in ("channel_not_found", "is_archived")


async def test_one_request_delivered_eight_times_is_one_prompt_and_one_answer(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    request = slack.direct("rain").payload["event"]
    twin = request | {"type": "app_mention", "channel_type": None}
    again = [slack.event(event) for event in (request, request, request, request, twin, twin, twin)]
    await slack.acknowledged(*again)
    inbox.finish((await inbox.asked())[0].id, "Rain")
    await inbox.delivered(1)

    assert len(inbox.prompts) == 1
    assert inbox.prompts[1].incoming.key == f"slack:T1:D1:{request['ts']}"
    assert [message.shown for message in slack.bot_messages] == ["Rain"]


async def test_what_nobody_asks_of_the_bot_is_left_alone(slack: SlackServer, inbox: MemoryInbox) -> None:
    said: dict[str, Any] = {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "text": "x",
        "ts": "1.1",
    }
    said |= {"user": "U1"}
    strange = [
        said | {"user": BOT_USER},
        said | {"bot_id": "B2"},
        said | {"subtype": "message_changed", "user": None},
        said | {"subtype": "message_deleted", "user": None},
        said | {"edited": {"user": "U1", "ts": "1.2"}},
    ]
    await slack.acknowledged(*(slack.event(event) for event in strange))
    await written(slack, inbox)

    assert len(inbox.prompts) == len(slack.bot_messages) == 1


async def test_events_and_taps_that_mean_nothing_to_the_bot_are_acknowledged(slack: SlackServer) -> None:
    strange = slack.socket.send("events_api", {"type": "event_callback", "event": {"type": "team_rename"}})
    action = {"type": "button", "action_id": "old", "value": "x", "action_ts": "1.1"}
    tap = {"type": "block_actions", "user": {"id": "U1"}, "actions": [action]}
    await slack.acknowledged(strange, slack.socket.send("interactive", tap))

    assert strange.attempts == 1


async def test_a_request_is_kept_and_can_be_stopped_before_slack_tells_its_readers_language(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.silent["users.info"] = asyncio.Event()
    slack.direct("一首关于雨的诗", channel="D2", user="U2")
    await inbox.asked()
    slack.direct("停", channel="D2", user="U2")
    await inbox.until(lambda: inbox.prompts[1].end is not None)
    assert slack.bot_messages == []
    slack.silent["users.info"].set()
    await inbox.delivered(1)

    assert [message.shown for message in slack.bot_messages] == [say("zh", "cancelled")]


async def test_a_refusal_is_one_sentence_in_the_readers_language(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    asked = slack.mention("", user="U2").payload["event"]
    [message] = await slack.posted()

    assert message.shown.startswith("告诉我写什么")
    assert message.thread_ts == asked["ts"]


async def test_a_refused_command_is_answered_to_its_reader_alone(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    inbox.refusal = Refused("prompt-too-long", length=9999, limit=2000)
    slack.command("/write", "x" * 9999)

    [(user, text)] = await slack.whispered()
    assert user == "U1"
    assert "2,000" in text
    assert slack.bot_messages == []


async def test_trouble_behind_the_inbox_is_one_sentence_and_no_traceback(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    inbox.broken = RuntimeError("secret table")
    slack.mention("rain")

    [message] = await slack.posted()
    assert message.shown.startswith("I cannot take requests right now")
    assert "secret" not in message.shown


async def test_a_prompt_that_waits_for_the_broker_is_noted_and_answered_later(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    inbox.broker_away = True
    slack.mention("rain")
    [message] = await slack.posted()
    assert message.shown.startswith("I have noted your request")

    inbox.finish(1, "Rain")
    await inbox.delivered(1)
    assert message.shown == "Rain"


async def test_who_stands_in_line_is_told_the_place(slack: SlackServer, inbox: MemoryInbox) -> None:
    inbox.place = 7
    slack.mention("rain")

    assert (await slack.posted())[0].shown == "You are number 7 in line."


async def test_what_is_said_in_a_thread_answers_its_newest_piece(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    slack.mention("shorter", thread_ts=message.thread_ts, user="U2")
    follow_up = (await inbox.asked(2))[1].incoming

    assert (follow_up.text, follow_up.follow_up_of, follow_up.answers) == ("shorter", follow_up.place, True)
    assert (follow_up.place.thread, follow_up.reader.user) == (message.thread_ts, "U2")
    assert inbox.prompts[1].incoming.follow_up_of is None


async def test_a_failed_prompt_says_so_without_buttons(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.mention("rain")
    await inbox.asked()
    inbox.fail(1)
    await inbox.delivered(1)

    assert "(No. 1)" in slack.bot_messages[0].shown
    assert slack.bot_messages[0].buttons == {}
