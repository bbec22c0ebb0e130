"""Lay a text out as Slack's blocks: every character shown, none of them obeyed."""

from typing import Any

from bots import splitting
from bots.messages import Reply
from bots.slack_events import AGAIN, CHOOSE, RATE_DOWN, RATE_UP, VARIANTS
from bots.texts import say

SECTION_LIMIT = 3000  # UTF-16 units of a section's escaped text.
# Slack refuses about 13,200 of an unnamed unit over all blocks of a message (bolt-js#2509), some messages
# earlier (bolt-js#2867); counted here in bytes of escaped text, the strictest reading.
MESSAGE_LIMIT = 9000
FALLBACK_LIMIT = 2900  # `text`, which notifications show, fails near 4000.

Block = dict[str, Any]


def escape(text: str) -> str:
    """Make Slack show &, < and > instead of reading mentions and links from them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def parts(text: str) -> list[str]:
    """The text in pieces that each fit one message."""
    return splitting.parts(text, MESSAGE_LIMIT, lambda piece: len(escape(piece).encode()))


def fallback(text: str) -> str:
    """What notifications and screen readers get beside the blocks: the beginning, if it is long."""
    first, *more = splitting.parts(text, FALLBACK_LIMIT, _section_length)
    return (escape(first).strip() + ("…" if more else "")) or "…"


def text_blocks(text: str) -> list[Block]:
    """The text of one message, line for line."""
    pieces = splitting.parts(text, SECTION_LIMIT, _section_length)
    return [_section(piece) for piece in pieces if piece.strip()] or [_section("…")]


def buttons(reply: Reply, locale: str) -> Block:
    """👍 👎 ↻ under a finished piece, and how to get variants of it; under a variant, how to choose it."""
    also = (CHOOSE, "button-choose") if reply.of > 1 else (VARIANTS, "button-variants")
    labels = ((RATE_UP, "button-up"), (RATE_DOWN, "button-down"), (AGAIN, "button-again"), also)
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": action,
                "text": {"type": "plain_text", "text": say(locale, key), "emoji": True},
                "value": str(reply.completion_id),
            }
            for action, key in labels
        ],
    }


def mark_line(mark: str) -> Block:
    """What the checks of a form show, small, under a finished piece."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": mark, "emoji": False}]}


def _section(text: str) -> Block:
    # Verbatim: else "#general" and "@here" in a poem become links and pings. Expand: no "show more" in verse.
    return {
        "type": "section",
        "expand": True,
        "text": {"type": "mrkdwn", "text": escape(text), "verbatim": True},
    }


def _section_length(text: str) -> int:
    return splitting.utf16_length(escape(text))
