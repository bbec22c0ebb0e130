"""The bot signs in, stays connected, and acknowledges whatever else is slow."""

import asyncio
import threading
from typing import Any

import pytest

from bots.messages import Accepted, Incoming
from bots.slack import SlackBot, TokenRefused
from tests.bots.slack_running import running, slack_bot, written
from tests.deadline import DEADLINE
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators, MemoryReaders
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import APP_TOKEN, BOT_TOKEN


def people(inbox: MemoryInbox) -> dict[str, Any]:
    return {"readers": MemoryReaders(inbox), "operators": MemoryOperators()}


class SlowInbox(MemoryInbox):
    """Takes requests only when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()

    def ask(self, incoming: Incoming) -> Accepted:
        assert self.open.wait(DEADLINE)
        return super().ask(incoming)


async def test_everything_is_acknowledged_while_the_inbox_takes_nothing(slack: SlackServer) -> None:
    inbox = SlowInbox()
    async with running(slack, inbox):
        asked = [slack.mention(f"rain {n}") for n in range(5)]
        asked += [slack.command("/poem", "snow"), slack.direct("wind")]
        await slack.acknowledged(*asked)
        assert inbox.prompts == {}
        inbox.open.set()
        await slack.posted(7)

    assert {envelope.attempts for envelope in asked} == {1}


async def test_what_was_acknowledged_before_the_stop_is_handed_over(slack: SlackServer) -> None:
    inbox = SlowInbox()
    async with running(slack, inbox):
        await slack.acknowledged(slack.mention("rain"))
        asyncio.get_running_loop().call_later(0.2, inbox.open.set)

    assert len(inbox.prompts) == 1


async def test_an_envelope_whose_acknowledgement_is_lost_comes_again_and_is_one_prompt(
    inbox: MemoryInbox,
) -> None:
    async with SlackServer.started(redeliver_after=0.1) as slack, running(slack, inbox):
        slack.socket.lose_acknowledgements = True
        envelope = slack.mention("rain")
        await slack.until(lambda: envelope.attempts == 4, "three repetitions")
        slack.socket.lose_acknowledgements = False
        await written(slack, inbox)

    assert len(inbox.prompts) == 2


@pytest.mark.usefixtures("slack_bot")
async def test_a_connection_that_slack_replaces_loses_nothing(slack: SlackServer, inbox: MemoryInbox) -> None:
    await slack.socket.refresh()
    await slack.until(lambda: slack.socket.connections == 2, "a new connection")
    message = await written(slack, inbox, "Rain")

    assert message.shown == "Rain"


@pytest.mark.usefixtures("slack_bot")
async def test_a_lost_connection_is_made_anew_even_if_an_address_expires(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.socket.expired = 1
    await slack.socket.hang_up()
    await slack.until(lambda: slack.socket.connections == 2, "a new connection")

    assert slack.socket.refused >= 1
    assert (await written(slack, inbox, "Rain")).shown == "Rain"


@pytest.mark.parametrize(
    ("bot_token", "app_token", "complaint"),
    [
        ("", APP_TOKEN, "needs the bot token"),
        (BOT_TOKEN, "  ", "needs the app token"),
        (APP_TOKEN, BOT_TOKEN, "swapped"),
    ],
)
def test_missing_and_swapped_tokens_refuse_to_start(
    inbox: MemoryInbox, bot_token: str, app_token: str, complaint: str
) -> None:
    with pytest.raises(TokenRefused, match=complaint) as refused:
        SlackBot(bot_token=bot_token, app_token=app_token, inbox=inbox, feed=inbox, **people(inbox))

    assert BOT_TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("bot_token", "app_token", "which"),
    [("xoxb-wrong", APP_TOKEN, "bot token"), (BOT_TOKEN, "xapp-wrong", "app token")],
)
async def test_a_token_that_slack_does_not_know_stops_the_bot(
    slack: SlackServer, inbox: MemoryInbox, bot_token: str, app_token: str, which: str
) -> None:
    url = f"{slack.url}/api/"
    bot = SlackBot(
        bot_token=bot_token, app_token=app_token, inbox=inbox, feed=inbox, **people(inbox), api_url=url
    )

    with pytest.raises(TokenRefused, match=f"refuses the {which}: invalid_auth"):
        await bot.run(asyncio.Event())


async def test_trouble_at_the_sign_in_is_outlived(slack: SlackServer, inbox: MemoryInbox) -> None:
    slack.limits["apps.connections.open"].append(0)
    async with running(slack, inbox):
        assert slack.limited == ["apps.connections.open"]
        assert slack.socket.connections == 1


async def test_a_stop_before_slack_answers_is_obeyed(inbox: MemoryInbox) -> None:
    nowhere = SlackServer()
    nowhere.url = "http://127.0.0.1:9"
    stop = asyncio.Event()
    running_bot = asyncio.create_task(slack_bot(nowhere, inbox).run(stop))
    stop.set()

    await asyncio.wait_for(running_bot, DEADLINE)


async def test_no_token_and_no_text_is_logged(
    slack: SlackServer,
    inbox: MemoryInbox,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("INFO")
    async with running(slack, inbox):
        await written(slack, inbox, "a secret poem")
        slack.mention("a secret wish")
        await slack.socket.refresh()
        await slack.until(lambda: slack.socket.connections == 2, "a new connection")

    logged = caplog.text + capsys.readouterr().out
    assert "listening to Slack" in logged
    for private in (BOT_TOKEN, APP_TOKEN, "secret", "rain", "ticket"):
        assert private not in logged
