"""What Slack refuses in a message, by the names of its errors."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

TEXT_LIMIT = 4000
BLOCKS_LIMIT = 50
ALL_BLOCKS_LIMIT = 13_200  # UTF-8 bytes here: the real unit is not documented.
SECTION_LIMIT = 3000
BUTTON_TEXT_LIMIT, BUTTON_VALUE_LIMIT, ACTION_ID_LIMIT, ACTIONS_LIMIT = 75, 2000, 255, 25
CONTEXT_LIMIT, CONTEXT_ACTIONS_LIMIT = 10, 5  # Elements.

# Which scope a method asks for; None needs a token only.
METHOD_SCOPES: Mapping[str, str | None] = {
    "auth.test": None,
    "apps.connections.open": "connections:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "users.info": "users:read",
    "chat.delete": "chat:write",
    "reactions.get": "reactions:read",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
    "conversations.open": "im:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "views.open": None,
    "views.update": None,
    "views.publish": None,
}
EVENT_SCOPES: Mapping[str, str | None] = {
    "agent_session_stopped": "assistant:write",
    "app_home_opened": None,
    "assistant_thread_started": "assistant:write",
    "assistant_thread_context_changed": "assistant:write",
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}

_PING = re.compile(r"<(![a-z]|[@#][A-Z0-9])|(?<![\w&])@(channel|here|everyone)\b")


class Refusal(Exception):
    """Raised for a call that Slack answers with {"ok": false, "error": …}."""


def check_content(arguments: Mapping[str, Any], most_shown: int = ALL_BLOCKS_LIMIT) -> None:
    """Raises Refusal for a text or blocks that Slack does not take."""
    text, blocks = arguments.get("text") or "", arguments.get("blocks") or []
    if not text and not blocks:
        raise Refusal("no_text")
    if len(text) > TEXT_LIMIT:
        raise Refusal("msg_too_long")
    if len(blocks) > BLOCKS_LIMIT:
        raise Refusal("invalid_blocks")
    for block in blocks:
        _check_block(block)
    if sum(len(shown.encode()) for shown in shown_texts(blocks)) > most_shown:
        raise Refusal("msg_blocks_too_long")


def shown_texts(blocks: Iterable[Mapping[str, Any]]) -> list[str]:
    """The texts of the sections, as sent: escaped."""
    return [str(block["text"]["text"]) for block in blocks if block["type"] == "section"]


def buttons(blocks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Values of the buttons by action_id; of Slack's own thumbs as "rate_up" and "rate_down"."""
    kinds = ("actions", "context_actions")
    found = {}
    for element in (e for block in blocks if block["type"] in kinds for e in block["elements"]):
        if element["type"] == "feedback_buttons":
            found[f"{element['action_id']}_up"] = str(element["positive_button"]["value"])
            found[f"{element['action_id']}_down"] = str(element["negative_button"]["value"])
        else:
            found[str(element["action_id"])] = str(element["value"])
    return found


def pings(arguments: Mapping[str, Any]) -> bool:
    """Whether the message would call somebody or be linked to something."""
    if _PING.search(str(arguments.get("text") or "")) and arguments.get("parse") != "none":
        return True
    for block in arguments.get("blocks") or []:
        text = block.get("text", {})
        found = _PING.search(str(text.get("text", "")))
        if found and (found[0].startswith("<") or not text.get("verbatim")):
            return True
    return "<" in str(arguments.get("text") or "")


def _check_block(block: Mapping[str, Any]) -> None:
    known = {
        "section": {"type", "text", "expand", "block_id"},
        "actions": {"type", "elements", "block_id"},
        "context": {"type", "elements", "block_id"},
        "context_actions": {"type", "elements", "block_id"},
    }
    if block.get("type") not in known or set(block) - known[block["type"]]:
        raise Refusal("invalid_blocks")
    if block["type"] == "section":
        _check_text(block["text"], {"mrkdwn", "plain_text"}, SECTION_LIMIT)
        return
    elements = block["elements"]
    if block["type"] == "context_actions":
        _check_thumbs(elements)
        return
    if block["type"] == "context":
        if not 0 < len(elements) <= CONTEXT_LIMIT:
            raise Refusal("invalid_blocks")
        for element in elements:
            _check_text(element, {"mrkdwn", "plain_text"}, SECTION_LIMIT)
        return
    if not 0 < len(elements) <= ACTIONS_LIMIT or len({e["action_id"] for e in elements}) < len(elements):
        raise Refusal("invalid_blocks")
    for element in elements:
        _check_text(element["text"], {"plain_text"}, BUTTON_TEXT_LIMIT)
        if len(element["action_id"]) > ACTION_ID_LIMIT or len(element["value"]) > BUTTON_VALUE_LIMIT:
            raise Refusal("invalid_blocks")


def _check_thumbs(elements: list[Mapping[str, Any]]) -> None:
    if not 0 < len(elements) <= CONTEXT_ACTIONS_LIMIT:
        raise Refusal("invalid_blocks")
    for element in elements:
        if element["type"] != "feedback_buttons":
            raise Refusal("invalid_blocks")
        for side in ("positive_button", "negative_button"):
            _check_text(element[side]["text"], {"plain_text"}, BUTTON_TEXT_LIMIT)
            if not 0 < len(element[side]["value"]) <= BUTTON_VALUE_LIMIT:
                raise Refusal("invalid_blocks")


def _check_text(text: Mapping[str, Any], types: set[str], limit: int) -> None:
    units = len(text["text"].encode("utf-16-le")) // 2
    if text["type"] not in types or not text["text"].strip() or units > limit:
        raise Refusal("invalid_blocks")
