"""What Slack answers becomes what the courier understands."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.messages import Pending, Place
from bots.slack_surface import SlackSurface
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import BOT_TOKEN


def surface(
    slack: SlackServer, channel: str = "C1", thread: str = "", token: str = BOT_TOKEN
) -> SlackSurface:
    client = AsyncWebClient(token, base_url=f"{slack.url}/api/", retry_handlers=[])
    return SlackSurface(client, Pending(1, Place("slack", "T1", channel, thread), "en"))


@pytest.mark.parametrize(
    ("channel", "thread", "why"),
    [
        ("G1", "", "channel_not_found"),
        ("C3", "", "is_archived"),
        ("C1", "1.1", "thread_not_found"),
    ],
)
async def test_a_place_where_nothing_can_be_sent_is_closed(
    slack: SlackServer, channel: str, thread: str, why: str
) -> None:
    with pytest.raises(PlaceClosed, match=why):
        await surface(slack, channel, thread).send("Rain", None)


async def test_a_message_that_is_not_there_or_not_ours_is_gone(slack: SlackServer) -> None:
    foreign = slack.say("app_mention", "rain", "C1", "U1").payload["event"]["ts"]
    for message in ("1.1", foreign):
        with pytest.raises(MessageGone):
            await surface(slack).edit(message, "Rain", None)


async def test_a_limit_says_how_long_to_wait(slack: SlackServer) -> None:
    slack.limits["chat.postMessage"].append(7)

    with pytest.raises(DeliveryFailed) as failed:
        await surface(slack).send("Rain", None)
    assert failed.value.retry_after == 7.0


async def test_whatever_else_goes_wrong_is_worth_another_try(slack: SlackServer) -> None:
    with pytest.raises(DeliveryFailed, match="invalid_auth"):
        await surface(slack, token="xoxb-old").send("Rain", None)
    slack.url = "http://127.0.0.1:9"
    with pytest.raises(DeliveryFailed):
        await surface(slack).send("Rain", None)


async def test_the_same_text_twice_is_no_error(slack: SlackServer) -> None:
    message = await surface(slack).send("Rain", None)
    await surface(slack).edit(message, "Rain", None)

    assert slack.messages["C1", message].shown == "Rain"
