"""Text is written live in Slack's own streams, and by edits where they end or are not allowed."""

import html

import pytest

from bots.slack_streams import as_markdown
from tests.bots.slack_running import running
from tests.fakes import slack_streams
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import Message

HOSTILE = "<!channel> & <@U1> @here #general *x* [a](https://x.y) www.x.y\n# h\n1. one\n- two\n    `code"


async def begun(slack: SlackServer, inbox: MemoryInbox) -> Message:
    slack.mention("rain")
    [message] = await slack.posted()
    await inbox.followed(1)
    return message


def test_markdown_shows_the_text_and_obeys_nothing_in_it() -> None:
    assert html.unescape(slack_streams.shown(as_markdown(HOSTILE))) == HOSTILE
    assert not slack_streams.obeys(as_markdown(HOSTILE))


@pytest.mark.parametrize("end", range(len(HOSTILE)))
def test_the_markdown_of_a_beginning_is_a_beginning_of_the_markdown(end: int) -> None:
    assert as_markdown(HOSTILE).startswith(as_markdown(HOSTILE[:end]))


@pytest.mark.usefixtures("slack_bot")
async def test_in_a_thread_the_text_is_streamed_and_ends_exact(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await begun(slack, inbox)
    assert (message.streaming, message.shown) == (True, "Writing…")
    inbox.write(1, HOSTILE[:20])
    await slack.shows(message, HOSTILE[:20])
    inbox.write(1, HOSTILE)
    await slack.shows(message, HOSTILE)
    assert message.streaming
    inbox.finish(1, HOSTILE)
    await inbox.delivered(1)

    assert (message.streaming, message.shown) == (False, HOSTILE)
    assert slack.bot_messages == [message]
    assert "edit" in message.buttons
    assert slack.pings == []


@pytest.mark.usefixtures("slack_bot")
async def test_a_stream_that_slack_ends_goes_on_by_edits_in_one_message(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await begun(slack, inbox)
    inbox.write(1, "Rain")
    await slack.shows(message, "Rain")
    slack.end_streams()
    for text in ("Rain on", "Rain on the"):
        inbox.write(1, text)
        await slack.shows(message, text)
    assert message.shown == "Rain on the"
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)

    assert [m.shown for m in slack.bot_messages] == ["Rain on the roof"]


@pytest.mark.usefixtures("slack_bot")
async def test_a_text_that_begins_anew_is_edited(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await begun(slack, inbox)
    inbox.write(1, "Rain")
    await slack.shows(message, "Rain")
    inbox.write(1, "Snow falls")
    await slack.shows(message, "Snow falls")

    assert (message.streaming, message.shown) == (False, "Snow falls")


@pytest.mark.parametrize("why", ["channel_type_not_supported", "missing_recipient_team_id", "unknown_method"])
@pytest.mark.usefixtures("slack_bot")
async def test_where_no_stream_is_allowed_the_text_is_edited(
    slack: SlackServer, inbox: MemoryInbox, why: str
) -> None:
    slack.unstreamed["C1"] = why
    message = await begun(slack, inbox)
    assert not message.streaming
    assert message.buttons == {"stop": "1"}
    inbox.write(1, "Rain on")
    await slack.shows(message, "Rain on")
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)

    assert [m.shown for m in slack.bot_messages] == ["Rain on the roof"]


@pytest.mark.usefixtures("slack_bot")
async def test_in_a_channel_that_workspaces_share_the_stream_is_for_the_readers_own(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.mention("rain", team="T2")
    slack.mention("snow", team=None)
    await slack.posted(2)

    assert slack.recipients == [("T2", "U1"), ("T1", "U1")]


@pytest.mark.usefixtures("slack_bot")
async def test_where_slack_takes_no_blocks_the_text_comes_without(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await begun(slack, inbox)
    slack.layouts = False
    inbox.finish(1, HOSTILE)
    await inbox.delivered(1)

    assert [(m.shown, m.blocks) for m in slack.bot_messages] == [(HOSTILE, [])]
    assert message.text.startswith("&lt;!channel&gt;")


async def test_a_stream_from_before_a_restart_ends_in_the_same_message(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox):
        message = await begun(slack, inbox)
    assert message.streaming
    async with running(slack, inbox):
        await inbox.until(lambda: len(inbox._followers[1]) == 2, "a second follower")
        inbox.write(1, "Rain on")
        await slack.shows(message, "Rain on")
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert [(m.streaming, m.shown) for m in slack.bot_messages] == [(False, "Rain on the roof")]


@pytest.mark.usefixtures("slack_bot")
async def test_a_deleted_stream_is_replaced_by_one_message(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await begun(slack, inbox)
    await inbox.until(lambda: bool(inbox.prompts[1].sent))
    del slack.messages[message.channel, message.ts]
    inbox.write(1, "Rain")
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)

    assert [m.shown for m in slack.bot_messages] == ["Rain on the roof"]


@pytest.mark.usefixtures("slack_bot")
async def test_a_long_live_text_stops_within_the_streams_limit_and_ends_whole(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await begun(slack, inbox)
    story = "Rain; the roof.\n" * 900
    inbox.write(1, story[:8000])
    await slack.shows(message, story[:8000])
    inbox.write(1, story)
    inbox.finish(1, story)
    await inbox.delivered(1)

    assert "".join(m.shown for m in slack.bot_messages) == story


@pytest.mark.usefixtures("slack_bot")
async def test_limits_on_a_stream_drop_live_text_only(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await begun(slack, inbox)
    slack.limits["chat.appendStream"].append(1)
    slack.limits["chat.stopStream"].append(1)
    inbox.write(1, "Rain")
    await slack.until(lambda: len(slack.limited) == 1, "a limited append")
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)

    assert slack.limited == ["chat.appendStream", "chat.stopStream"]
    assert (message.streaming, message.shown) == (False, "Rain on the roof")


@pytest.mark.usefixtures("slack_bot")
async def test_where_slacks_own_thumbs_are_refused_there_are_plain_buttons(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.thumbs = False
    message = await begun(slack, inbox)
    inbox.finish(1, "Rain")
    await inbox.delivered(1)
    slack.tap(message, "rate_down")
    await inbox.until(lambda: inbox.rating(1001, "U1") == -1.0)

    assert list(message.buttons) == ["rate_up", "rate_down", "again", "variants", "edit"]
