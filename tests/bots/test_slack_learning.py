"""Readers hear once how the bot learns, whatever they do first, and say yes or no."""

from collections.abc import Callable

import pytest

from bots.texts import say
from tests.bots.slack_running import running, written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryReaders
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import Message

LEARNS = say("zh", "slack-consent")


async def test_how_it_learns_is_said_once_with_the_way_out(slack: SlackServer, inbox: MemoryInbox) -> None:
    readers = MemoryReaders(inbox)
    async with running(slack, inbox, readers=readers):
        await written(slack, inbox)
        slack.mention("snow")
        await inbox.asked(2)
        await slack.whispered()
        slack.tap_whisper("no_consent")
        whispers = await slack.whispered(2)

    assert [text.split(" ")[0] for _, text in whispers] == ["I", "Noted:"]
    assert not readers.settled["U1"].consent


@pytest.mark.parametrize(("user", "told"), [("U1", True), ("U9", False)])
async def test_where_it_may_not_whisper_how_it_learns_is_said_directly_or_another_time(
    slack: SlackServer, inbox: MemoryInbox, user: str, told: bool
) -> None:
    readers = MemoryReaders(inbox)
    async with running(slack, inbox, readers=readers):
        slack.command("/write", "", channel="C2", user=user)
        slack.submit(await slack.viewed(), user=user, theme="rain")
        await inbox.asked()
        await slack.until(lambda: len(slack.bot_messages) == 1 + told, "what can be said")
    direct = [message.shown for message in slack.bot_messages if message.channel.startswith("D")]

    assert [text.split(" ")[:2] for text in direct] == [["I", "learn"]] * told
    assert (user in readers.asked) == told


async def test_where_nobody_is_learned_from_unasked_the_reader_is_asked_for_a_yes(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    readers = MemoryReaders(inbox, consent=False)
    async with running(slack, inbox, readers=readers):
        await written(slack, inbox)
        [(_, asked)] = await slack.whispered()
        slack.tap_whisper("consent")
        (_, noted) = (await slack.whispered(2))[1]

    assert (asked, noted) == (say("en", "slack-consent-wanted"), say("en", "learning"))
    assert readers.settled["U1"].consent


@pytest.mark.parametrize(
    "rate",
    [
        lambda slack, message: slack.react(message, "+1", user="U2"),
        lambda slack, message: slack.tap(message, "rate_up", user="U2"),
    ],
    ids=["reaction", "button"],
)
async def test_who_only_rates_is_told_once_and_alone(
    slack: SlackServer, inbox: MemoryInbox, rate: Callable[[SlackServer, Message], object]
) -> None:
    readers = MemoryReaders(inbox, asked={"U1"})
    async with running(slack, inbox, readers=readers):
        message = await written(slack, inbox)
        rate(slack, message)
        await slack.until(lambda: ("U2", LEARNS) in slack.whispers, "the sentence on learning")
        slack.tap(message, "rate_down", user="U2")
        await inbox.until(lambda: len(inbox.votes) == 2)
        slack.tap(message, "again", user="U2")
        await inbox.asked(2)

    assert slack.whispers.count(("U2", LEARNS)) == 1
    assert len(slack.bot_messages) == 2


async def test_who_only_submits_their_own_version_or_chooses_is_told(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    readers = MemoryReaders(inbox, asked={"U1"})
    async with running(slack, inbox, readers=readers):
        slack.tap(await written(slack, inbox), "edit", user="U2")
        slack.submit(await slack.viewed(), user="U2", text0="My rain")
        await slack.until(lambda: ("U2", LEARNS) in slack.whispers, "the sentence on learning")
        slack.mention("snow")
        await inbox.asked(2)
        inbox.finish_variants(2, "One snow", "Two snows")
        await inbox.delivered(2)
        readers.asked.remove("U1")
        slack.tap(slack.bot_messages[-1], "choose")
        await slack.until(lambda: ("U1", say("en", "slack-consent")) in slack.whispers, "the same to U1")


async def test_a_reaction_to_what_is_no_piece_tells_nothing(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with running(slack, inbox, readers=MemoryReaders(inbox, asked={"U1"})):
        message = await written(slack, inbox)
        slack.direct("")
        refusal = (await slack.posted(2))[-1]
        slack.react(refusal, "-1", user="U2")
        slack.react(message, "+1")
        await inbox.until(lambda: bool(inbox.votes))

    assert slack.whispers == []
