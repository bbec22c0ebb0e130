"""Thousands of malformed and hostile requests: acknowledged, survived, and the next reader is served."""

import asyncio
import copy
import json
import logging
import random
from typing import Any

import pytest

from bots.messages import REASONS
from bots.slack_desk import COMMANDS, SHORTCUTS
from tests.bots.slack_running import serving
from tests.bots.test_slack_http import mention
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.slack_post import SlackPost
from tests.fakes.slack_workspace import TEAM

REQUESTS = 3000
AT_ONCE = 16
JUNK: list[Any] = [
    None, "", 0, -1, 1.5, True, [], {}, [None], {"id": None}, "x" * 5000, "<!channel>", "\u0000", "\ud83d",
    "../../etc", "' OR 1=1 --", "9" * 40, "up:" + "9" * 40, "-1:dull", "\u202e", {"type": "message"}, [[[]]],
]  # fmt: skip
ACTIONS = [
    "rate", "rate_up", "rate_down", "again", "variants", "choose", "edit", "stop", "comment", "no_consent",
    "consent", "home_language", "home_learn", "home_ask", "home_data", "data_export", "data_erase", "unknown",
    *(f"reason_{reason}" for reason in REASONS),
]  # fmt: skip
PEOPLE = {"user": {"id": "U1"}, "team": {"id": TEAM}, "channel": {"id": "C1"}, "trigger_id": "1.2"}


def events() -> list[dict[str, Any]]:
    said = {"channel": "C1", "user": "U1", "text": "<@UBOT> rain", "ts": "1.1", "event_ts": "1.1"}
    item = {"type": "message", "channel": "C1", "ts": "1.1"}
    thread = {"user_id": "U1", "channel_id": "D1", "thread_ts": "1.1", "context": {}}
    session = {"user": "U1", "channel": "C1", "thread_ts": "1.0", "event_ts": "1.2"}
    reaction = {"user": "U1", "reaction": "+1", "item": item, "item_user": "UBOT", "event_ts": "1.2"}
    return [
        said | {"type": "app_mention"},
        said | {"type": "message", "channel": "D1", "channel_type": "im"},
        said | {"type": "message", "subtype": "message_changed", "message": said},
        said | {"type": "message", "channel": "D1", "channel_type": "im", "thread_ts": "1.0"},
        reaction | {"type": "reaction_added"},
        reaction | {"type": "reaction_removed"},
        {"type": "app_home_opened", "user": "U1", "tab": "home"},
        session | {"type": "agent_session_stopped"},
        {"type": "assistant_thread_started", "assistant_thread": thread},
        {"type": "team_rename", "name": "x"},
    ]


def templates() -> list[tuple[str, dict[str, Any]]]:
    callbacks: list[tuple[str, dict[str, Any]]] = [
        ("event", {"type": "event_callback", "team_id": TEAM, "event": event}) for event in events()
    ]
    message = {"ts": "1.1", "user": "UBOT", "text": "Rain", "thread_ts": "1.0"}
    taps = [
        {"type": "block_actions", "message": message, "view": {"id": "V1", "type": "home"}}
        | PEOPLE
        | {"actions": [{"action_id": action, "value": "12", "action_ts": "1.1", "type": "button"}]}
        for action in ACTIONS
    ]
    chosen: list[dict[str, Any]] = [
        {"type": "message_action", "callback_id": name, "message": message} | PEOPLE for name in SHORTCUTS
    ]
    values = {name: {"value": {"value": "rain"}} for name in ("theme", "wish", "comment", "reason", "text0")}
    kept = json.dumps({"completion": 12, "between": [""], "channel": "C1", "message": "1.1", "thread": ""})
    view = {"id": "V1", "type": "modal", "private_metadata": kept, "state": {"values": values}}
    forms = [
        {"type": "view_submission"} | PEOPLE | {"view": view | {"callback_id": name}}
        for name in ("request", "change", "opinion", "version", "unknown")
    ]
    commands: list[dict[str, Any]] = [
        {"command": name, "text": "rain", "channel_id": "C1", "user_id": "U1", "trigger_id": "1.1"}
        for name in (*COMMANDS, "/unknown")
    ]
    taken: list[tuple[str, dict[str, Any]]] = [("interactive", body) for body in (*taps, *chosen, *forms)]
    typed: list[tuple[str, dict[str, Any]]] = [("form", body) for body in commands]
    return [*callbacks, *taken, *typed]


def spoilt(body: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy of its own identity, with some of its values missing or not what they were."""
    text = json.dumps(body)
    for known in ("1.1", "1.2", "V1"):
        text = text.replace(f'"{known}"', f'"{known}{rng.randrange(10**9)}"')
    body = json.loads(text)
    for _ in range(rng.randrange(4)):
        holder: Any = body
        while isinstance(holder, dict | list) and holder:
            key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if rng.random() < 0.4 or not isinstance(holder[key], dict | list):
                if rng.random() < 0.3:
                    del holder[key]
                else:
                    holder[key] = copy.deepcopy(rng.choice(JUNK))
                break
            holder = holder[key]
    return body


async def send(post: SlackPost, kind: str, body: dict[str, Any]) -> int:
    status, answer = await getattr(post, kind)(body)
    assert "Traceback" not in answer
    return int(status)


async def test_whatever_comes_is_acknowledged_and_the_next_reader_is_served(
    slack: SlackServer,
    inbox: MemoryInbox,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = random.Random(7)
    caplog.set_level(logging.WARNING)
    kinds = templates()
    async with serving(slack, inbox) as post:
        for _ in range(REQUESTS // AT_ONCE):
            batch = [rng.choice(kinds) for _ in range(AT_ONCE)]
            sent = [send(post, kind, spoilt(body, rng)) for kind, body in batch]
            assert set(await asyncio.gather(*sent)) == {200}
        before = len(inbox.prompts)
        await post.event(mention(slack, "a poem about the sea"))
        await inbox.until(lambda: len(inbox.prompts) > before)
        last = max(inbox.prompts)
        inbox.finish(last, "The sea")
        await inbox.delivered(last)

    said = " ".join([text for _, text in slack.whispers] + [m.shown for m in slack.bot_messages])
    logged = capsys.readouterr().out + caplog.text
    assert "The sea" in said
    assert slack.pings == []
    assert not any(word in said for word in ("Traceback", "Error", "Exception", "None"))
    assert "was dropped" not in logged
    assert "never retrieved" not in logged
    assert inbox.prompts


async def test_malformed_envelopes_over_the_socket_do_not_end_the_connection(
    slack: SlackServer, inbox: MemoryInbox, slack_bot: None
) -> None:
    rng = random.Random(8)
    kinds = {"event": "events_api", "interactive": "interactive", "form": "slash_commands"}
    chosen = [rng.choice(templates()) for _ in range(400)]
    envelopes = [(kinds[kind], spoilt(body, rng)) for kind, body in chosen]
    envelopes += [("events_api", junk) for junk in JUNK]
    for start in range(0, len(envelopes), AT_ONCE):
        sent = [slack.socket.send(*envelope) for envelope in envelopes[start : start + AT_ONCE]]
        await slack.acknowledged(*sent)
        assert {envelope.attempts for envelope in sent} == {1}

    assert slack.socket.connections == 1
    before = len(inbox.prompts)
    slack.mention("the sea")
    await inbox.until(lambda: len(inbox.prompts) > before)
