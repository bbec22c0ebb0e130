"""Readers say more than a tap can: reasons, own versions, requests with wishes, changes of messages."""

import asyncio

import pytest

from bots import slack_workspace
from bots.budget import Call, OpenBudget
from bots.messages import LONGEST_VERSION, MessageRef
from bots.texts import say
from tests.bots.slack_running import running, written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer

STORY = "\n\n".join(f"{n}. The rain & the 🌧️ talk.\n  And again, a line." for n in range(300))


@pytest.mark.usefixtures("slack_bot")
async def test_after_a_dislike_a_reason_can_be_given(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.tap(await written(slack, inbox), "rate_down")
    await slack.whispered()
    tap = slack.tap_whisper("reason_dull")
    await slack.acknowledged(tap, slack.socket.send("interactive", tap.payload))
    whispers = await slack.whispered(2)

    assert [(vote.value, vote.reason, vote.toggle) for vote in inbox.votes] == [
        (-1.0, None, True),
        (-1.0, "dull", False),
    ]
    assert whispers[1] == ("U1", "Thank you, that helps.")


@pytest.mark.usefixtures("slack_bot")
async def test_where_nobody_can_be_whispered_to_the_reason_is_asked_in_answer_to_the_tap(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    slack.joined.discard("C1")
    slack.tap(message, "rate_down")
    await slack.whispered()
    slack.tap_whisper("reason_dull")
    await inbox.until(lambda: inbox.votes[-1].reason == "dull")


class Busy(OpenBudget):
    """Others are whispered to, and on and on."""

    async def admit(self, call: Call) -> float:
        if call.act == "whisper":
            await asyncio.Event().wait()
        return await super().admit(call)


async def test_what_cannot_be_whispered_soon_is_said_in_answer_to_the_tap(
    slack: SlackServer, inbox: MemoryInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_workspace, "WHISPER_PATIENCE", 0.01)
    async with running(slack, inbox, budget=Busy()):
        slack.tap(await written(slack, inbox), "rate_down")
        await slack.whispered()
        slack.tap_whisper("reason_dull")
        await inbox.until(lambda: inbox.votes[-1].reason == "dull")


@pytest.mark.usefixtures("slack_bot")
async def test_no_reason_is_asked_for_a_like_or_for_what_is_taken_back(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    for number, action in enumerate(["rate_up", "rate_down", "rate_down"], start=1):
        slack.tap(message, action)
        await slack.whispered(number)

    assert [bool(blocks) for blocks in slack.whispered_blocks] == [False, True, False]


@pytest.mark.usefixtures("slack_bot")
async def test_a_reason_can_be_explained_in_the_readers_own_words(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.tap(await written(slack, inbox), "rate_down", user="U2")
    await slack.whispered()
    slack.tap_whisper("comment", user="U2")
    view = await slack.viewed()
    slack.submit(view, user="U2", reason="tone", comment="too <loud> & long")
    await inbox.until(lambda: len(inbox.votes) == 2)

    vote = inbox.votes[1]
    assert (vote.value, vote.reason, vote.comment) == (-1.0, "tone", "too <loud> & long")
    assert (await slack.whispered(2))[1] == ("U2", "谢谢，这很有帮助。")


@pytest.mark.usefixtures("slack_bot")
async def test_thumbs_of_messages_sent_earlier_still_rate(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await written(slack, inbox)
    old = {"type": "button", "action_id": "rate_up", "value": "1001"}
    message.blocks = [{"type": "actions", "elements": [old]}]
    slack.tap(message, "rate_up")
    await inbox.until(lambda: inbox.rating(1001, "U1") == 1.0)


@pytest.mark.parametrize(
    "text", ["Rain on the roof", STORY[:LONGEST_VERSION].rstrip()], ids=["short", "long"]
)
@pytest.mark.usefixtures("slack_bot")
async def test_an_edited_piece_comes_back_as_a_demonstration(
    slack: SlackServer, inbox: MemoryInbox, text: str
) -> None:
    slack.tap(await written(slack, inbox, text), "edit")
    view = await slack.viewed()
    first = view["blocks"][1]["element"]["initial_value"]
    again = slack.submit(view, text0=first.replace("ain", "AIN")[:3000])
    await slack.acknowledged(again, slack.socket.send("interactive", again.payload))
    await slack.whispered()

    [(reader, completion, version)] = inbox.rewrites
    assert (reader.user, completion) == ("U1", 1001)
    assert version == first.replace("ain", "AIN") + text[len(first) :]


@pytest.mark.usefixtures("slack_bot")
async def test_an_emptied_piece_is_told_so_in_its_form(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.tap(await written(slack, inbox), "edit")
    submitted = slack.submit(await slack.viewed(), text0="   ")
    await slack.acknowledged(submitted)

    assert submitted.answer == {
        "response_action": "errors",
        "errors": {"text0": "There is nothing left of it."},
    }
    assert inbox.rewrites == []


@pytest.mark.usefixtures("slack_bot")
async def test_a_version_that_is_too_long_stays_in_its_form_which_said_so_before(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    text = STORY[:LONGEST_VERSION] + "!"
    slack.tap(await written(slack, inbox, text), "edit")
    view = await slack.viewed()
    facts = {"length": len(text), "limit": LONGEST_VERSION}
    submitted = slack.submit(view)
    await slack.acknowledged(submitted)

    assert say("en", "slack-version-limit", **facts) in view["blocks"][0]["text"]["text"]
    assert submitted.answer == {
        "response_action": "errors",
        "errors": {"text0": say("en", "prompt-too-long", **facts)},
    }
    assert inbox.rewrites == []


@pytest.mark.usefixtures("slack_bot")
async def test_an_empty_write_opens_a_form_whose_wishes_are_kept(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.command("/write", "", channel="C1")
    view = await slack.viewed()
    wishes = {"theme": "rain", "form": "haiku", "tone": "wistful", "language": "zh", "length": "short"}
    submitted = slack.submit(view, **wishes)
    await slack.acknowledged(submitted, slack.socket.send("interactive", submitted.payload))
    incoming = (await inbox.asked())[0].incoming
    await slack.posted()

    assert (incoming.text, incoming.form, incoming.tone) == ("rain", "haiku", "wistful")
    assert (incoming.language, incoming.length, incoming.place.chat) == ("zh", "short", "C1")
    assert len(inbox.prompts) == 1


@pytest.mark.usefixtures("slack_bot")
async def test_a_form_left_as_it_is_decides_nothing(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.command("/write", "")
    slack.submit(await slack.viewed(), theme="rain")
    incoming = (await inbox.asked())[0].incoming

    assert (incoming.form, incoming.tone, incoming.language, incoming.length) == (None, "", None, "usual")


@pytest.mark.usefixtures("slack_bot")
async def test_a_form_that_slack_does_not_open_any_more_is_told_so(slack: SlackServer) -> None:
    slack.limits["views.open"].append(1)
    slack.command("/write", "")

    assert (await slack.whispered())[0][1].startswith("I could not open the form")


@pytest.mark.usefixtures("slack_bot")
async def test_continue_this_follows_up_a_piece_and_quotes_what_others_wrote(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    slack.shortcut("continue_piece", message)
    ours = (await inbox.asked(2))[1].incoming
    question = next(m for m in slack.messages.values() if m.user == "U1")
    question.text = "The clock &amp; struck"
    slack.shortcut("continue_piece", question)
    theirs = (await inbox.asked(3))[2].incoming

    assert (ours.text, ours.follow_up_of) == ("continue", MessageRef("slack", "C1", message.ts))
    assert ours.place.thread == message.thread_ts
    assert (theirs.text, theirs.follow_up_of) == ("continue: The clock & struck", None)


@pytest.mark.usefixtures("slack_bot")
async def test_rewrite_as_asks_how_and_follows_up(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await written(slack, inbox)
    slack.shortcut("rewrite_piece", message)
    slack.submit(await slack.viewed(), wish="a haiku")
    incoming = (await inbox.asked(2))[1].incoming

    assert (incoming.text, incoming.follow_up_of) == ("a haiku", MessageRef("slack", "C1", message.ts))


@pytest.mark.usefixtures("slack_bot")
async def test_a_long_message_of_somebody_elses_is_rewritten_whole(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    text = "\n".join(f"{number} 🌧️ 雨落屋檐下 &amp; rain" for number in range(300))
    slack.mention("rain")
    await inbox.asked()
    question = next(m for m in slack.messages.values() if m.user == "U1")
    question.text = text
    slack.shortcut("rewrite_piece", question)
    slack.submit(await slack.viewed(), wish="a haiku")

    assert (await inbox.asked(2))[1].incoming.text == "a haiku: " + text.replace("&amp;", "&")


@pytest.mark.usefixtures("slack_bot")
async def test_a_message_that_no_form_holds_is_refused_with_advice(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.mention("rain")
    await inbox.asked()
    question = next(m for m in slack.messages.values() if m.user == "U1")
    question.text = "rain " * 8000
    slack.shortcut("rewrite_piece", question)

    assert "/write" in (await slack.whispered())[0][1]
    assert slack.views == []


@pytest.mark.usefixtures("slack_bot")
async def test_slacks_own_stop_button_stops_what_is_written_in_that_thread(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    threads = [slack.mention(theme).payload["event"]["ts"] for theme in ("rain", "snow")]
    await slack.posted(2)
    stopped = {"type": "agent_session_stopped", "channel": "C1", "thread_ts": threads[0], "user": "U1"}
    first, second = await inbox.asked(2)
    elsewhere = stopped | {"thread_ts": "1.1", "event_ts": "8.1"}
    await slack.acknowledged(slack.event(elsewhere), slack.event(stopped | {"event_ts": "8.2"}))
    here = first if first.incoming.place.thread == threads[0] else second
    await inbox.delivered(here.id)

    assert [prompt.closed for prompt in (first, second) if prompt is not here] == [None]


@pytest.mark.usefixtures("slack_bot")
async def test_stop_cancels_by_button_and_by_word(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.direct("rain")
    [message] = await slack.posted()
    slack.tap(message, "stop", user="U2")
    assert (await slack.whispered())[0] == ("U2", "现在没有正在为你写的作品。")
    slack.tap(message, "stop")
    await inbox.delivered(1)
    slack.mention("snow")
    thread = (await slack.posted(2))[1].thread_ts
    slack.mention("stop", thread_ts=thread)
    await inbox.delivered(2)

    assert [m.shown for m in slack.bot_messages] == ["Stopped.", "Stopped."]
    assert all(not m.buttons for m in slack.bot_messages)


async def test_who_wrote_it_is_said_where_the_operator_wants_it(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox, ai_notice=True, reactions={"eyes": 1.0}):
        message = await written(slack, inbox)
        await slack.acknowledged(slack.react(message, "+1"))
        slack.react(message, "eyes")
        await inbox.until(lambda: bool(inbox.votes))

    assert message.blocks[1]["elements"][0]["text"] == "Written by an AI."
    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0}
