"""What Slack sends again is done once, over restarts too; and its acknowledgement waits for nothing."""

import asyncio

import pytest

from bots.seen import SeenHere
from tests.bots.slack_running import running, written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryReaders
from tests.fakes.slack import SlackServer


class HeldSeen(SeenHere):
    """Answers nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def known(self, key: str) -> bool:
        await self.let_go.wait()
        return await super().known(key)


class HastySeen(SeenHere):
    """Answers the later question first."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def known(self, key: str) -> bool:
        self.asked += 1
        await asyncio.sleep(0.1 / self.asked)  # As a broker under load.
        return await super().known(key)


@pytest.fixture
def seen() -> SeenHere:
    """What processes share; in the running service it is in Redis."""
    return SeenHere()


async def test_a_version_that_comes_again_after_a_restart_is_kept_once(
    slack: SlackServer, inbox: MemoryInbox, seen: SeenHere
) -> None:
    async with running(slack, inbox, seen=seen):
        slack.tap(await written(slack, inbox), "edit")
        sent = slack.submit(await slack.viewed(), text0="My own rain")
        await slack.whispered()
    async with running(slack, inbox, seen=seen):
        await slack.acknowledged(slack.socket.send("interactive", sent.payload))
        slack.command("/rhapsode", "help")
        await slack.whispered(2)

    assert [version for _, _, version in inbox.rewrites] == ["My own rain"]


async def test_what_was_settled_before_a_restart_is_not_settled_back(
    slack: SlackServer, inbox: MemoryInbox, seen: SeenHere
) -> None:
    readers = MemoryReaders(inbox, asked={"U1"})
    async with running(slack, inbox, readers=readers, seen=seen):
        slack.command("/rhapsode", "settings")
        no = slack.tap_view(await slack.viewed(), "home_learn", "no")
        slack.tap_view(await slack.viewed(2), "home_learn", "yes")
        await slack.viewed(3)
    async with running(slack, inbox, readers=readers, seen=seen):
        await slack.acknowledged(slack.socket.send("interactive", no.payload))
        slack.command("/rhapsode", "help")
        await slack.whispered()

    assert readers.settled["U1"].consent


async def test_an_assistant_thread_is_named_once(
    slack: SlackServer, inbox: MemoryInbox, seen: SeenHere
) -> None:
    async with running(slack, inbox, seen=seen):
        thread = slack.open_assistant()
        slack.direct("rain", thread_ts=thread)
        await inbox.asked()
        await slack.posted()
    async with running(slack, inbox, seen=seen):
        slack.direct("snow", thread_ts=thread)
        await inbox.asked(2)
        await slack.posted(2)

    titles = [what for method, _, what in slack.decorations if method.endswith("setTitle")]
    assert titles == ["rain"]


async def test_an_acknowledgement_does_not_wait_for_what_is_shared(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    seen = HeldSeen()
    async with running(slack, inbox, seen=seen):
        await slack.acknowledged(slack.mention("rain"), slack.command("/poem", "snow"))
        asked_before = len(inbox.prompts)
        seen.let_go.set()
        await inbox.asked(2)

    assert asked_before == 0


async def test_what_one_reader_does_is_done_in_its_order(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with running(slack, inbox, seen=HastySeen()):
        message = await written(slack, inbox)
        for action in ("rate_up", "rate_down"):
            slack.tap(message, action)
        await slack.whispered(2)

    assert [vote.value for vote in inbox.votes] == [1.0, -1.0]
