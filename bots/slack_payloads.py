"""Slack's payloads, read warily: ids, texts, and what makes two of them the same."""

import re
from collections.abc import Mapping
from typing import Any, TypeGuard
from zlib import crc32

Payload = Mapping[str, Any]

_ID = re.compile(r"[!-~]{1,200}")  # Of people, channels, messages, triggers, views.


class Unreadable(Exception):
    """Raised for a payload that lacks what Slack always sends."""


def an_id(value: object) -> str:
    """One of Slack's ids or times. Raises Unreadable: whatever it is, nothing is found or answered by it."""
    if not is_id(value):
        raise Unreadable("no id")
    return value


def is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def a_text(value: object) -> str:
    """What somebody wrote; "" for what is no text."""
    return value if isinstance(value, str) else ""


def command_key(body: Payload) -> str:
    """The same for the same command, however often it comes. Raises Unreadable."""
    typed = f"{body['command']} {a_text(body.get('text'))}"
    return f"{an_id(body['user_id'])}:{an_id(body['trigger_id'])}:{crc32(typed.encode(errors='replace')):x}"


def view_key(body: Payload) -> str:
    """The same for the same form, however often it comes. Raises Unreadable."""
    trigger = body.get("trigger_id")
    return f"view:{an_id(body['view']['id'])}:{trigger if is_id(trigger) else ''}"


def shortcut_key(body: Payload) -> str:
    """The same for the same choice in a menu, however often it comes. Raises Unreadable."""
    return f"{body['callback_id']}:{an_id(body['user']['id'])}:{an_id(body['trigger_id'])}"


def reaction_key(body: Payload) -> str:
    """The same for the same reaction that comes or goes, however often; "" if nothing tells which it is."""
    event = body["event"]
    given = (event.get("event_ts"), event.get("ts"), body.get("event_id"))
    when = next((stamp for stamp in given if is_id(stamp)), "")
    what = f"{event['type']}:{event['reaction']}:{event['item']['channel']}:{event['item']['ts']}"
    return f"{an_id(event['user'])}:{what}:{when}" if when else ""


def tap_key(body: Payload) -> str:
    """The same for the same tap, however often it comes. Raises Unreadable."""
    action, message = body["actions"][0], body.get("message")
    beside = message.get("ts") if isinstance(message, Mapping) else ""
    what = f"{action['action_id']}:{action.get('value')}:{beside}"
    return f"{an_id(body['user']['id'])}:{what}:{tapped_at(body)}"


def tapped_at(body: Payload) -> str:
    """When and how a button was tapped. Raises Unreadable."""
    given = (body["actions"][0].get("action_ts"), body.get("trigger_id"))
    if not any(given):
        raise Unreadable("no time")
    return ":".join(an_id(stamp) for stamp in given if stamp)
