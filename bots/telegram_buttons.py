"""The buttons below a finished text, and what a tap on one means."""

import re
from dataclasses import dataclass
from typing import Literal

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bots.messages import MessageRef, Reply
from bots.texts import say

PLATFORM = "telegram"

VARIANTS_WANTED = 3

_DATA = re.compile(r"r:(?P<rated>[0-9]{1,18}):(?P<value>-?1)|(?P<act>[avc]):(?P<piece>[0-9]{1,18})")
Act = Literal["rate", "again", "variants", "choose"]
_ACTS: dict[str | None, Act] = {None: "rate", "a": "again", "v": "variants", "c": "choose"}


@dataclass(frozen=True, slots=True)
class Tap:
    """A tapped button: a rating, the choice of a variant, or the wish for more on the same prompt."""

    act: Act
    target: int | MessageRef  # The completion; of an old message's rating, the message that shows it.
    value: float | None = None  # Of a rating.


def keyboard(reply: Reply, locale: str) -> InlineKeyboardMarkup:
    """👍 👎 ↻, and below them what concerns variants. The data stays far below Telegram's 64 bytes."""
    piece = reply.completion_id
    first = {"button-up": f"r:{piece}:1", "button-down": f"r:{piece}:-1", "button-again": f"a:{piece}"}
    second = {"button-choose": f"c:{piece}"} if reply.of > 1 else {"button-variants": f"v:{piece}"}
    rows = [
        [InlineKeyboardButton(say(locale, key), callback_data=data) for key, data in row.items()]
        for row in (first, second)
    ]
    return InlineKeyboardMarkup(rows)


def to_tap(query: CallbackQuery) -> Tap | None:
    """What was tapped; None if it is no button of ours."""
    match, message = _DATA.fullmatch(query.data or ""), query.message
    if match is None or message is None:
        return None
    value = float(match["value"]) if match["value"] else None
    if isinstance(message, Message) and message.is_accessible:
        # Clients can send any data: only a button that the message really has counts.
        if query.data not in _shown(message):
            return None
        return Tap(_ACTS[match["act"]], int(match["piece"] or match["rated"]), value)
    if value is not None:  # Telegram shows us no old message's buttons, but we know what it said.
        return Tap("rate", MessageRef(PLATFORM, str(message.chat.id), str(message.message_id)), value)
    return None


def _shown(message: Message) -> set[object]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return {button.callback_data for row in rows for button in row}
