"""The buttons below a finished text, and what a tap on one means."""

import re
from dataclasses import dataclass

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bots.messages import MessageRef, Reply
from bots.texts import say

PLATFORM = "telegram"

_DATA = re.compile(r"r:(?P<rated>[0-9]{1,18}):(?P<value>-?1)|a:(?P<again>[0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Tap:
    """A tapped button: a rating, or the wish for another text on the same prompt."""

    target: int | MessageRef  # The completion, or the message that shows it.
    value: float | None  # None on the "again" button.


def keyboard(reply: Reply, locale: str) -> InlineKeyboardMarkup:
    """👍 👎 ↻. The data stays far below Telegram's 64 bytes."""
    buttons = {
        "button-up": f"r:{reply.completion_id}:1",
        "button-down": f"r:{reply.completion_id}:-1",
        "button-again": f"a:{reply.completion_id}",
    }
    row = [InlineKeyboardButton(say(locale, key), callback_data=data) for key, data in buttons.items()]
    return InlineKeyboardMarkup([row])


def to_tap(query: CallbackQuery) -> Tap | None:
    """What was tapped; None if it is no button of ours."""
    match, message = _DATA.fullmatch(query.data or ""), query.message
    if match is None or message is None:
        return None
    if isinstance(message, Message) and message.is_accessible:
        # Clients can send any data: only a button that the message really has counts.
        if query.data not in _shown(message):
            return None
        return Tap(int(match["again"] or match["rated"]), float(match["value"]) if match["value"] else None)
    if match["value"]:  # Telegram shows us no old message's buttons, but we know what it said.
        return Tap(MessageRef(PLATFORM, str(message.chat.id), str(message.message_id)), float(match["value"]))
    return None


def _shown(message: Message) -> set[object]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return {button.callback_data for row in rows for button in row}
