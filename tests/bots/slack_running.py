"""Run the real Slack bot, with its real client, against the fake server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from bots.messages import Inbox, ReplyFeed
from bots.readers import Readers
from bots.slack import SlackBot
from tests.deadline import DEADLINE
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators, MemoryReaders
from tests.fakes.slack import SlackServer
from tests.fakes.slack_post import SIGNING_SECRET, SlackPost
from tests.fakes.slack_workspace import APP_TOKEN, BOT_TOKEN, Message

FORMS = ("poem", "haiku", "story")


def slack_bot(
    slack: SlackServer,
    inbox: Inbox,
    *,
    feed: ReplyFeed | None = None,
    readers: Readers | None = None,
    edit_interval: float = 0.0,
    look_every: float = 2 * DEADLINE,  # No test sees by looking what it should be told.
    **more: Any,
) -> SlackBot:
    """`more` are further arguments of the bot. Without `readers` everybody has heard how it learns."""
    return SlackBot(
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        inbox=inbox,
        feed=feed or cast("MemoryInbox", inbox),  # Which is a feed as well.
        api_url=f"{slack.url}/api/",
        forms=FORMS,
        edit_interval=edit_interval,
        look_every=look_every,
        ping_interval=0.2,
        readers=readers or MemoryReaders(cast("MemoryInbox", inbox), asked={"U1", "U2"}),
        operators=MemoryOperators(listed={"U1"}),
        **more,
    )


@asynccontextmanager
async def running(slack: SlackServer, inbox: MemoryInbox, **more: Any) -> AsyncIterator[None]:
    """The bot, connected. `more` as for `slack_bot`."""
    stop = asyncio.Event()
    before = slack.socket.connections
    bot = slack_bot(slack, inbox, **more)
    task = asyncio.create_task(bot.run(stop))
    task.add_done_callback(lambda _: slack.changes.happened())
    try:
        await slack.until(lambda: slack.socket.connections > before or task.done(), "a connection")
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def serving(slack: SlackServer, inbox: Inbox, **more: Any) -> AsyncIterator[SlackPost]:
    """The bot as a web server, and Slack's way to post to it."""
    stop, port = asyncio.Event(), free_port()
    bot = slack_bot(slack, inbox, http=("127.0.0.1", port), signing_secret=SIGNING_SECRET, **more)
    task = asyncio.create_task(bot.run(stop))
    try:
        async with SlackPost.to(f"http://127.0.0.1:{port}/slack/events", SIGNING_SECRET) as post:
            await post.answered(task)
            yield post
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE)


async def written(slack: SlackServer, inbox: MemoryInbox, text: str = "Rain on the roof") -> Message:
    """A finished piece in a thread of C1, asked for by U1."""
    asked_before = len(inbox.prompts)
    slack.mention("a poem about rain")
    prompts = await inbox.asked(asked_before + 1)
    inbox.finish(prompts[-1].id, text)
    await inbox.delivered(prompts[-1].id)
    return slack.bot_messages[-1]
