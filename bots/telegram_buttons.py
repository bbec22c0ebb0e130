"""The buttons below a text, and what a tap on one means. Buttons of older messages keep their meaning."""

import re
from dataclasses import dataclass
from typing import Literal

from telegram import CallbackQuery, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.constants import InlineKeyboardButtonLimit

from bots.messages import MessageRef, Reply
from bots.splitting import utf16_length
from bots.texts import say

PLATFORM = "telegram"
INLINE = "inline:"  # Before the id of a message that stands in a chat where the bot is not.

VARIANTS_WANTED = 3
REASONS = ("off_topic", "form", "dull", "language", "tone")

_DATA = re.compile(
    r"r:(?P<rated>[0-9]{1,18}):(?P<value>-?1)"
    r"|(?P<act>[avces]):(?P<piece>[0-9]{1,18})"
    rf"|(?P<why>[wo]):(?P<poor>[0-9]{{1,18}})(?::(?P<reason>{'|'.join(REASONS)}))?"
)
Act = Literal["rate", "again", "variants", "choose", "rewrite", "stop", "reason", "comment"]
_ACTS: dict[str | None, Act] = {
    None: "rate",
    "a": "again",
    "v": "variants",
    "c": "choose",
    "e": "rewrite",
    "s": "stop",
    "w": "reason",
    "o": "comment",
}


@dataclass(frozen=True, slots=True)
class Tap:
    """A tapped button: a rating, its reason, the choice of a variant, or the wish for something more."""

    act: Act
    target: int | MessageRef  # The completion, of "stop" the prompt; else the message that shows it.
    value: float | None = None  # Of a rating.
    reason: str = ""


def keyboard(reply: Reply, locale: str, *, plain: bool = False) -> InlineKeyboardMarkup:
    """Rating and once more; below, variants, copy and one's own version. `plain` leaves out what is new."""
    piece = reply.completion_id
    rating = _row(locale, {"button-up": f"r:{piece}:1", "button-down": f"r:{piece}:-1"})
    second = {"button-choose": f"c:{piece}"} if reply.of > 1 else {"button-variants": f"v:{piece}"}
    more = _row(locale, second | {"telegram-button-rewrite": f"e:{piece}"})
    if not plain:
        more += _copy(reply.text, locale)
    return InlineKeyboardMarkup([rating + _row(locale, {"button-again": f"a:{piece}"}), more])


def inline_keyboard(reply: Reply, locale: str) -> InlineKeyboardMarkup:
    """Below a text in a chat where the bot is not: what needs no message of its own."""
    piece = reply.completion_id
    rating = _row(locale, {"button-up": f"r:{piece}:1", "button-down": f"r:{piece}:-1"})
    return InlineKeyboardMarkup([rating + _copy(reply.text, locale)])


def stop_keyboard(prompt_id: int, locale: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([_row(locale, {"telegram-button-stop": f"s:{prompt_id}"})])


def with_reasons(shown: InlineKeyboardMarkup, piece: int, locale: str) -> InlineKeyboardMarkup:
    """The buttons with those below that ask what was wrong."""
    reasons = [_button(say(locale, "telegram-reason", reason=r), f"w:{piece}:{r}") for r in REASONS]
    own_words = _button(say(locale, "telegram-button-comment"), f"o:{piece}")
    rows = [*_lasting(shown), reasons[:3], [*reasons[3:], own_words]]
    return InlineKeyboardMarkup(rows)


def with_comment(shown: InlineKeyboardMarkup, piece: int, reason: str, locale: str) -> InlineKeyboardMarkup:
    """The buttons with one below to say more about a reason."""
    own_words = _button(say(locale, "telegram-button-comment"), f"o:{piece}:{reason}")
    return InlineKeyboardMarkup([*_lasting(shown), [own_words]])


def without_reasons(shown: InlineKeyboardMarkup) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(_lasting(shown))


def to_tap(query: CallbackQuery) -> Tap | None:
    """What was tapped; None if it is no button of ours."""
    data = query.data if isinstance(query.data, str) else ""
    match, message = _DATA.fullmatch(data), query.message
    if match is None:
        return None
    value = float(match["value"]) if match["value"] else None
    if isinstance(message, Message) and message.is_accessible:
        piece = int(match["piece"] or match["rated"] or match["poor"])
        # Clients can send any data: only a button that the message really has counts. Reasons come and go
        # with others' taps, so for them it is the piece that counts.
        if data not in _shown(message) and not (match["why"] and piece_shown(message) == piece):
            return None
        return Tap(_ACTS[match["act"] or match["why"]], piece, value, match["reason"] or "")
    shows = _message_shown(query)
    # Telegram shows us no old message's buttons, but we know what it said.
    return Tap("rate", shows, value) if value is not None and shows else None


def piece_shown(message: Message) -> int | None:
    """The completion that a message of ours has buttons for."""
    for data in _shown(message):
        match = _DATA.fullmatch(data)
        if match and match["rated"]:
            return int(match["rated"])
    return None


def _message_shown(query: CallbackQuery) -> MessageRef | None:
    if query.message is not None:
        return MessageRef(PLATFORM, str(query.message.chat.id), str(query.message.message_id))
    if query.inline_message_id:
        return MessageRef(PLATFORM, INLINE + query.inline_message_id, query.inline_message_id)
    return None


def _shown(message: Message) -> set[str]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return {button.callback_data for row in rows for button in row if isinstance(button.callback_data, str)}


def _lasting(shown: InlineKeyboardMarkup) -> list[list[InlineKeyboardButton]]:
    """Rows that do not ask for a reason."""
    rows = (list(row) for row in shown.inline_keyboard)
    return [row for row in rows if not any(str(b.callback_data).startswith(("w:", "o:")) for b in row)]


def _row(locale: str, keys: dict[str, str]) -> list[InlineKeyboardButton]:
    return [_button(say(locale, key), data) for key, data in keys.items()]


def _button(label: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data)


def _copy(text: str, locale: str) -> list[InlineKeyboardButton]:
    """A button that copies the text, if Telegram takes it whole."""
    if not 1 <= utf16_length(text) <= InlineKeyboardButtonLimit.MAX_COPY_TEXT or not text.strip():
        return []
    return [InlineKeyboardButton(say(locale, "telegram-button-copy"), copy_text=CopyTextButton(text))]
