"""Slack's requests over HTTP: signed, fresh, answered at once, and the same desk behind them."""

import asyncio
from typing import Any

import pytest

from bots.slack import TokenRefused
from tests.bots.slack_running import serving, slack_bot
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import TEAM, Message

CHALLENGE = {"type": "url_verification", "challenge": "abc", "token": "x"}


def mention(slack: SlackServer, text: str) -> dict[str, Any]:
    stamp = slack.stamp()
    slack.messages["C1", stamp] = Message("C1", stamp, "U1", text)
    event = {"type": "app_mention", "channel": "C1", "user": "U1", "text": text, "ts": stamp}
    return {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{stamp}", "event": event}


@pytest.mark.parametrize("secret", [None, "", "  "])
async def test_without_its_secret_it_refuses_to_start(
    slack: SlackServer, inbox: MemoryInbox, secret: str | None
) -> None:
    with pytest.raises(TokenRefused, match="signing secret"):
        slack_bot(slack, inbox, http=("127.0.0.1", 0), signing_secret=secret)


async def test_the_address_is_verified(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with serving(slack, inbox) as post:
        status, answer = await post.event(CHALLENGE)

    assert (status, "abc" in answer) == (200, True)


async def test_what_slack_did_not_sign_just_now_is_refused(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with serving(slack, inbox) as post:
        asked = mention(slack, "rain")
        refused = [
            await post.event(asked, age=400),
            await post.event(asked, age=-400),
            await post.event(asked, stamp="soon"),
            await post.event(asked, stamp="9" * 400),
            await post.event(asked, signature="v0=" + "0" * 64),
            await post.event(asked, signature="v0=\u00e9"),
            await post.send(b"\xff\xfe", "application/json"),
        ]

    assert [status for status, _ in refused] == [401] * 7
    assert inbox.prompts == {}


async def test_one_request_delivered_four_times_is_one_answer(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with serving(slack, inbox) as post:
        asked = mention(slack, "rain")
        retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
        answers = await asyncio.gather(
            post.event(asked), post.event(asked, **retry), post.event(asked | {"event_id": "Ev9"})
        )
        await inbox.asked()
        inbox.finish(1, "Rain")
        await inbox.delivered(1)

    assert [status for status, _ in answers] == [200, 200, 200]
    assert [m.shown for m in slack.bot_messages] == ["Rain"]


async def test_commands_and_forms_come_the_same_way(slack: SlackServer, inbox: MemoryInbox) -> None:
    place = {"channel_id": "C1", "user_id": "U1", "team_id": TEAM, "response_url": f"{slack.url}/respond/U1"}
    async with serving(slack, inbox) as post:
        status, answer = await post.form(
            {"command": "/write", "text": "", "trigger_id": slack.stamp()} | place
        )
        view = await slack.viewed()
        values = {"theme": {"value": {"value": " "}}}
        form = {"type": "view_submission", "user": {"id": "U1"}, "team": {"id": TEAM}}
        empty = await post.interactive(form | {"view": view | {"state": {"values": values}}})
        values = {"theme": {"value": {"value": "rain"}}}
        full = await post.interactive(form | {"view": view | {"state": {"values": values}}})
        await inbox.asked()

    assert (status, answer) == (200, "")
    assert "haiku about rain" in empty[1]
    assert full == (200, "")
