"""Answers reach Slack whole, once and unobeyed, whatever happens on the way."""

import pytest

from bots.texts import say
from tests.bots.slack_running import running, written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import Message

STORY = "\n\n".join(f"{n}. The rain & the 🌧️ <wind> talk.\n  And then, again, a line." for n in range(400))


async def noted(slack: SlackServer, inbox: MemoryInbox) -> Message:
    """The placeholder, once its place is kept."""
    [placeholder] = await slack.posted()
    await inbox.until(lambda: bool(inbox.prompts[1].sent))
    return placeholder


@pytest.mark.usefixtures("slack_bot")
async def test_a_long_story_loses_nothing(slack: SlackServer, inbox: MemoryInbox) -> None:
    assert len(STORY) > 20_000
    await written(slack, inbox, STORY)
    messages = slack.bot_messages

    assert "".join(message.shown for message in messages) == STORY
    assert len(messages) > 1
    assert len({message.thread_ts for message in messages}) == 1
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [True]


@pytest.mark.usefixtures("slack_bot")
async def test_a_long_story_in_chinese_loses_nothing(slack: SlackServer, inbox: MemoryInbox) -> None:
    story = "雨落在屋檐下，风在说话。\n" * 900
    await written(slack, inbox, story)

    assert "".join(message.shown for message in slack.bot_messages) == story


@pytest.mark.usefixtures("slack_bot")
async def test_a_text_pings_nobody_and_is_shown_as_it_was_written(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    text = "<!channel> & <@U1>: &amp; @here #general <https://x.y|z>\n> *not* bold"
    slack.mention(text)
    await inbox.asked()
    await inbox.followed(1)
    inbox.write(1, text[:20])
    inbox.finish(1, text)
    await inbox.delivered(1)

    assert slack.bot_messages[0].shown == text
    assert slack.pings == []


@pytest.mark.usefixtures("slack_bot")
async def test_the_mark_of_a_form_is_a_small_line_above_the_buttons(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.mention("a haiku about rain")
    await inbox.asked()
    inbox.finish(1, "Rain on the roof", "5-7-5 ✓")
    await inbox.delivered(1)

    kinds = [block["type"] for block in slack.bot_messages[0].blocks]
    assert kinds == ["section", "context", "context_actions", "actions"]
    assert slack.bot_messages[0].blocks[1]["elements"][0]["text"] == "5-7-5 ✓"


async def test_a_restart_while_writing_ends_in_the_same_message(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox):
        request = slack.mention("rain").payload["event"]
        await slack.posted()
        await inbox.followed(1)
    async with running(slack, inbox):
        await slack.acknowledged(slack.event(request))  # Slack has not heard of the restart.
        inbox.finish(1, "Rain")
        await inbox.delivered(1)

    assert [(m.shown, bool(m.buttons)) for m in slack.bot_messages] == [("Rain", True)]
    assert inbox.duplicates == 1


async def test_a_request_that_comes_again_after_a_restart_is_not_answered_again(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox):
        message = await written(slack, inbox, "Rain")
    request = {"type": "app_mention", "channel": "C1", "user": "U1", "text": "rain", "ts": message.thread_ts}
    async with running(slack, inbox):
        slack.event(request)
        await inbox.until(lambda: inbox.duplicates == 1)
        slack.mention("snow")
        await slack.posted(2)

    assert [message.shown for message in slack.bot_messages] == ["Rain", "Writing…"]


async def test_an_answer_that_was_written_while_the_bot_was_away_is_shown(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox):
        slack.mention("rain")
        await inbox.asked()
        await slack.posted()
    inbox.finish(1, "Rain")
    async with running(slack, inbox):
        await inbox.delivered(1)

    assert [message.shown for message in slack.bot_messages] == ["Rain"]


@pytest.mark.usefixtures("slack_bot")
async def test_a_deleted_placeholder_is_replaced(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.mention("rain")
    placeholder = await noted(slack, inbox)
    del slack.messages[placeholder.channel, placeholder.ts]
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert [(m.thread_ts, m.shown) for m in slack.bot_messages] == [(placeholder.thread_ts, "Rain")]


@pytest.mark.usefixtures("slack_bot")
async def test_a_channel_that_is_archived_meanwhile_ends_the_delivery(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.mention("rain")
    await noted(slack, inbox)
    slack.archived.add("C1")
    inbox.finish(1, "Rain")

    assert (await inbox.delivered(1)).closed == "is_archived"


@pytest.mark.usefixtures("slack_bot")
async def test_a_placeholder_that_cannot_be_edited_gives_way_to_the_answer(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.direct("rain")
    placeholder = await noted(slack, inbox)
    slack.frozen.add(placeholder.ts)
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert [m.shown for m in slack.bot_messages] == ["Rain"]


@pytest.mark.usefixtures("slack_bot")
async def test_an_edit_that_slack_goes_on_refusing_gives_way_to_a_new_message(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.direct("rain")
    await noted(slack, inbox)
    slack.refused_edits = "update_failed"
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert [(m.shown, "edit" in m.buttons) for m in slack.bot_messages] == [("Rain", True)]


async def test_a_long_piece_that_goes_only_in_small_messages_can_be_rated_in_each(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox, ai_notice=True):
        slack.most_shown = 5000
        slack.limits["chat.postMessage"].append(0)
        message = await written(slack, inbox, STORY[:8000])
        for shown in slack.bot_messages:
            slack.react(shown, "heart")
        await inbox.until(lambda: len(inbox.votes) == len(slack.bot_messages))

    assert "".join(m.shown for m in slack.bot_messages) == f"{STORY[:8000]}\n\n{say('en', 'ai-written')}"
    assert list(message.buttons) == ["rate_up", "rate_down", "again", "variants", "edit"]
    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0}


async def test_a_restart_in_the_middle_of_small_messages_sends_none_of_them_twice(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.most_shown = 5000
    async with running(slack, inbox):
        slack.direct("rain")
        await slack.posted()
        await inbox.until(lambda: bool(inbox.prompts[1].sent))
        slack.refusing = "160."
        inbox.finish(1, STORY[:12_000])
        await inbox.until(lambda: len(inbox.prompts[1].sent) > 2)
    slack.refusing = "\0"
    async with running(slack, inbox):
        await inbox.delivered(1)

    assert "".join(m.shown for m in slack.bot_messages) == STORY[:12_000]


@pytest.mark.parametrize(("small_lines", "layouts"), [(False, True), (True, False)])
async def test_where_layouts_are_refused_what_they_said_is_said_in_words(
    slack: SlackServer, inbox: MemoryInbox, small_lines: bool, layouts: bool
) -> None:
    async with running(slack, inbox, ai_notice=True):
        slack.mention("rain")
        await inbox.asked()
        await slack.posted()
        slack.small_lines, slack.layouts = small_lines, layouts
        inbox.finish(1, "Rain", "5-7-5 ✓")
        await inbox.delivered(1)
    [message] = slack.bot_messages

    assert message.shown == f"Rain\n\n5-7-5 ✓\n{say('en', 'ai-written')}"
    assert ("rate_up" in message.buttons) == layouts


@pytest.mark.usefixtures("slack_bot")
async def test_when_slack_asks_to_wait_live_text_is_dropped_and_the_whole_text_comes(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.direct("rain")
    [message] = await slack.posted()
    await inbox.followed(1)
    slack.limits["chat.update"].extend([1, 1])
    inbox.write(1, "Rain on")
    await slack.until(lambda: len(slack.limited) == 1, "a limited edit")
    inbox.write(1, "Rain on the")
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)

    assert slack.limited == ["chat.update", "chat.update"]
    assert message.versions == ["Writing…"]
    assert message.shown == "Rain on the roof"


@pytest.mark.usefixtures("slack_bot")
async def test_when_slack_asks_to_wait_before_the_placeholder_there_is_still_one_answer(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    for method in ("chat.postMessage", "chat.startStream"):
        slack.limits[method].append(1)
    slack.direct("rain")
    slack.mention("rain")
    for prompt in await inbox.asked(2):
        inbox.finish(prompt.id, "Rain")
        await inbox.delivered(prompt.id)

    assert sorted(slack.limited) == ["chat.postMessage", "chat.startStream"]
    assert [message.shown for message in slack.bot_messages] == ["Rain", "Rain"]


async def test_live_edits_keep_their_distance(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with running(slack, inbox, edit_interval=60.0):
        slack.direct("rain")
        [message] = await slack.posted()
        await inbox.followed(1)
        for end in range(1, 30):
            inbox.write(1, "Rain on the roof, all night"[:end])
        inbox.finish(1, "Rain")
        await inbox.delivered(1)

    assert message.versions == ["Writing…", "R"]
