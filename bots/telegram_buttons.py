"""The buttons on Telegram, and what a tap on one means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from telegram import (
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
)
from telegram.constants import ChatType, InlineKeyboardButtonLimit

from bots.messages import REASONS, MessageRef, Reply
from bots.splitting import utf16_length
from bots.texts import say

PLATFORM = "telegram"
INLINE = "inline:"  # Before the id of a message in a chat that the bot is not in.

VARIANTS_WANTED = 3

_DATA = re.compile(
    r"r:(?P<rated>[0-9]{1,18}):(?P<value>-?1)"
    rf"|y:(?P<blamed>[0-9]{{1,18}}):(?P<reason>{'|'.join(REASONS)})"
    r"|(?P<act>[avces]):(?P<piece>[0-9]{1,18})"
)
_OWN = re.compile(r"(?P<what>lang|learn|data):(?P<value>[a-z]{2,10})")
_REASON_DATA = "y:"
_MOST_COPIED = int(InlineKeyboardButtonLimit.MAX_COPY_TEXT)
Act = Literal["rate", "explain", "again", "variants", "choose", "rewrite", "stop"]
_ACTS: dict[str, Act] = {"a": "again", "v": "variants", "c": "choose", "e": "rewrite", "s": "stop"}
# Of these we need not see the button: the platform's place or the reader's name guards them.
_UNSEEN: set[Act] = {"again", "variants", "stop"}
_OF_THE_MESSAGE: set[Act] = {"rate", "explain", "choose", "rewrite"}
WAY_IN, WAY_OUT = "learn:always", "learn:never"  # Beside the sentence on learning.

Rows = Sequence[Sequence[InlineKeyboardButton]]


@dataclass(frozen=True, slots=True)
class Tap:
    """A tapped button: a rating, its reason, the choice of a variant, or a wish concerning a piece."""

    act: Act
    target: int | MessageRef  # The completion (of "stop", the prompt), or the old message that shows it.
    value: float | None = None  # Of a rating.
    reason: str | None = None  # Of a dislike.


@dataclass(frozen=True, slots=True)
class OwnTap:
    """A tapped button that concerns nothing but the reader who taps it."""

    what: str  # "lang", "learn" or "data".
    value: str


def keyboard(reply: Reply, locale: str) -> InlineKeyboardMarkup:
    """👍 👎 ↻, and below them what else can become of it. The data stays far below Telegram's 64 bytes."""
    piece = reply.completion_id
    first = {"button-up": f"r:{piece}:1", "button-down": f"r:{piece}:-1", "button-again": f"a:{piece}"}
    second = {"button-choose": f"c:{piece}"} if reply.of > 1 else {"button-variants": f"v:{piece}"}
    second["telegram-button-version"] = f"e:{piece}"
    rows = [
        [InlineKeyboardButton(say(locale, key), callback_data=data) for key, data in row.items()]
        for row in (first, second)
    ]
    if 0 < utf16_length(reply.text) <= _MOST_COPIED:
        copied = CopyTextButton(reply.text)
        rows[-1].append(InlineKeyboardButton(say(locale, "studio-copy"), copy_text=copied))
    return InlineKeyboardMarkup(rows)


def plainer(buttons: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """Without what an older Bot API server does not know."""
    if buttons is None:
        return None
    return InlineKeyboardMarkup([[b for b in row if not b.copy_text] for row in buttons.inline_keyboard])


def inline_keyboard(reply: Reply, locale: str) -> InlineKeyboardMarkup:
    """👍 👎 and copy: what needs no message of its own, where the bot cannot send one."""
    first, second = keyboard(reply, locale).inline_keyboard
    return InlineKeyboardMarkup([[*first[:2], *(button for button in second if button.copy_text)]])


def stop_button(prompt: int, locale: str) -> InlineKeyboardMarkup:
    """Below what holds an answer's place."""
    stop = InlineKeyboardButton(say(locale, "button-stop"), callback_data=f"s:{prompt}")
    return InlineKeyboardMarkup([[stop]])


def with_reasons(message: Message, piece: int, locale: str) -> InlineKeyboardMarkup:
    """The message's buttons, and below them what may be wrong with the piece."""
    labels = {f"{_REASON_DATA}{piece}:{why}": say(locale, "reason", reason=why) for why in REASONS}
    buttons = [InlineKeyboardButton(label, callback_data=data) for data, label in labels.items()]
    return InlineKeyboardMarkup([*_without_reasons(message), *(buttons[n : n + 3] for n in (0, 3))])


def without_reasons(message: Message) -> InlineKeyboardMarkup | None:
    """The message's buttons without reasons; None if there are none to take away."""
    rows = _without_reasons(message)
    shown = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return InlineKeyboardMarkup(rows) if len(rows) < len(shown) else None


def to_own_tap(query: CallbackQuery) -> OwnTap | None:
    """What was tapped, if it concerns the reader alone."""
    match, message = _OWN.fullmatch(query.data or ""), query.message
    if match is None or message is None:
        return None
    # In a group made-up data must not put a reader's settings into the place of a piece. The way in or
    # out of learning changes no message, and is open however old the message is below which it stands.
    mine = message.chat.type == ChatType.PRIVATE or query.data in {*_shown(message), WAY_IN, WAY_OUT}
    return OwnTap(match["what"], match["value"]) if mine else None


def to_tap(query: CallbackQuery) -> Tap | None:
    """What was tapped; None if it is no button of ours."""
    match, message = _DATA.fullmatch(query.data or ""), query.message
    if match is None:
        return None
    tap = _read(match)
    if message is None:
        # Of an inline message Telegram shows us neither text nor buttons, but we know what it said.
        inline = query.inline_message_id or ""
        shown = MessageRef(PLATFORM, INLINE + inline, inline)
        return replace(tap, target=shown) if inline and tap.act == "rate" else None
    if tap.act in _UNSEEN and (tap.act == "stop" or not _shown(message)):
        return tap
    if buttons := _shown(message):
        # Clients can send any data: only a button that the message really has counts.
        return tap if query.data in buttons else None
    if tap.act in _OF_THE_MESSAGE:
        # Telegram shows us no old message's buttons, but we know what it said.
        return replace(tap, target=MessageRef(PLATFORM, str(message.chat.id), str(message.message_id)))
    return None


def _read(match: re.Match[str]) -> Tap:
    if match["rated"]:
        return Tap("rate", int(match["rated"]), float(match["value"]))
    if match["blamed"]:
        return Tap("explain", int(match["blamed"]), -1.0, match["reason"])
    return Tap(_ACTS[match["act"]], int(match["piece"]))


def _without_reasons(message: Message) -> list[Sequence[InlineKeyboardButton]]:
    rows: Rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return [row for row in rows if not any(_is_reason(button) for button in row)]


def _is_reason(button: InlineKeyboardButton) -> bool:
    return isinstance(button.callback_data, str) and button.callback_data.startswith(_REASON_DATA)


def _shown(message: MaybeInaccessibleMessage) -> set[object]:
    if not isinstance(message, Message) or message.reply_markup is None:
        return set()
    return {button.callback_data for row in message.reply_markup.inline_keyboard for button in row}
