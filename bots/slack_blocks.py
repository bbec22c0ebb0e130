"""Lay a text out as Slack's blocks: every character shown, none of them obeyed."""

from collections.abc import Iterable
from typing import Any

from slack_sdk.models.blocks import ContextActionsBlock, FeedbackButtonObject, FeedbackButtonsElement

from bots import splitting
from bots.messages import REASONS, Reply
from bots.slack_events import (
    AGAIN,
    CHOOSE,
    COMMENT,
    EDIT,
    RATE,
    RATE_DOWN,
    RATE_UP,
    REASON,
    STOP,
    VARIANTS,
)
from bots.texts import say

SECTION_LIMIT = 3000  # UTF-16 units of a section's escaped text.
# Slack refuses about 13,200 of an unnamed unit over all blocks of a message (bolt-js#2509), some messages
# earlier (bolt-js#2867); counted here in bytes of escaped text, the strictest reading.
MESSAGE_LIMIT = 9000
FALLBACK_LIMIT = 2900  # `text`, which notifications show, fails near 4000.
BARE_LIMIT = 3800  # Bytes of escaped text without blocks: the same limit, by the strictest reading.
BELOW_LIMIT = 200  # Bytes of these for what is said in words below a piece's last part.

Block = dict[str, Any]


def escape(text: str) -> str:
    """Make Slack show &, < and > instead of reading mentions and links from them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def parts(text: str) -> list[str]:
    """The text in pieces that each fit one message."""
    return splitting.parts(text, MESSAGE_LIMIT, lambda piece: len(escape(piece).encode()))


def bare_parts(text: str) -> list[str]:
    """The text in pieces that each fit one message without blocks, with room below."""
    return splitting.parts(text, BARE_LIMIT - BELOW_LIMIT, lambda piece: len(escape(piece).encode()))


def fallback(text: str) -> str:
    """What notifications and screen readers get beside the blocks: the beginning, if it is long."""
    first, *more = splitting.parts(text, FALLBACK_LIMIT, _section_length)
    return (escape(first).strip() + ("…" if more else "")) or "…"


def text_blocks(text: str) -> list[Block]:
    """The text of one message, line for line."""
    pieces = splitting.parts(text, SECTION_LIMIT, _section_length)
    return [_section(piece) for piece in pieces if piece.strip()] or [_section("…")]


def buttons(reply: Reply, locale: str, *, native: bool = True) -> list[Block]:
    """Thumbs, ↻ and ✎ under a finished piece, and how to get variants; under a variant, how to choose it.

    `native`: with Slack's own pair of thumbs, which not every workspace takes.
    """
    number = str(reply.completion_id)
    also = (CHOOSE, "button-choose") if reply.of > 1 else (VARIANTS, "button-variants")
    thumbs = () if native else ((RATE_UP, "button-up"), (RATE_DOWN, "button-down"))
    labels = (*thumbs, (AGAIN, "button-again"), also, (EDIT, "button-edit"))
    row = actions(button(action, say(locale, key), number) for action, key in labels)
    return [_thumbs(number, locale), row] if native else [row]


def _thumbs(number: str, locale: str) -> Block:
    return ContextActionsBlock(
        elements=[
            FeedbackButtonsElement(
                action_id=RATE,
                positive_button=FeedbackButtonObject(text=say(locale, "button-up"), value=f"up:{number}"),
                negative_button=FeedbackButtonObject(text=say(locale, "button-down"), value=f"down:{number}"),
            )
        ]
    ).to_dict()


def stop_button(prompt_id: int, locale: str) -> Block:
    """How the one who asked stops it."""
    return actions([button(STOP, say(locale, "button-stop"), str(prompt_id))])


def reason_blocks(completion_id: int, locale: str) -> list[Block]:
    """What was wrong with it? Asked of the one who disliked it."""
    reasons = [
        button(f"{REASON}_{reason}", say(locale, "reason", reason=reason), f"{completion_id}:{reason}")
        for reason in REASONS
    ]
    comment = button(COMMENT, say(locale, "slack-button-comment"), str(completion_id))
    return [sentence(say(locale, "why")), actions([*reasons, comment])]


def actions(elements: Iterable[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(action: str, label: str, value: str) -> Block:
    text = {"type": "plain_text", "text": label, "emoji": True}
    return {"type": "button", "action_id": action, "text": text, "value": value}


def sentence(text: str) -> Block:
    """One of the bot's own sentences, with nothing in it obeyed."""
    return _section(text)


def small_line(text: str) -> Block:
    """What the checks of a form show, or who wrote it, small, under a finished piece."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": False}]}


def small_text(text: str) -> Block:
    """The same for what a reader wrote."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": escape(text), "verbatim": True}],
    }


def _section(text: str) -> Block:
    # Verbatim: else "#general" and "@here" in a poem become links and pings. Expand: no "show more" in verse.
    return {
        "type": "section",
        "expand": True,
        "text": {"type": "mrkdwn", "text": escape(text), "verbatim": True},
    }


def _section_length(text: str) -> int:
    return splitting.utf16_length(escape(text))
