"""What Telegram refuses: commands, texts and buttons that break its rules."""

import re
from typing import Any

Fields = dict[str, Any]

LIMIT = 4096  # UTF-16 code units.
COPIED = 256  # Characters that a button copies at most.


class Refusal(Exception):
    """What Telegram answers when it does not do as it is told."""

    def __init__(self, code: int, description: str, retry_after: int = 0, moved_to: int = 0) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.moved_to = moved_to


def command_refusal(command: Fields) -> Refusal | None:
    """Why Telegram does not list a command."""
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
        return Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
    if not 1 <= len(command["description"]) <= 256:
        return Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    return None


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def text_of(fields: Fields, too_long: str = "message is too long") -> str:
    text = str(fields.get("text", "")).strip()  # Telegram trims.
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > LIMIT:
        raise Refusal(400, f"Bad Request: {too_long}")
    return text


def markup_of(fields: Fields) -> list[list[Fields]]:
    """The buttons of a message, each of exactly one kind. A forced reply has none."""
    rows: list[list[Fields]] = (fields.get("reply_markup") or {}).get("inline_keyboard", [])
    if any(len(row) > 8 or not row for row in rows):
        raise Refusal(400, "Bad Request: BUTTON_ROW_INVALID")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return rows


def _check_button(button: Fields) -> None:
    if not button.get("text"):
        raise Refusal(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    kinds = [kind for kind in ("callback_data", "copy_text", "url") if kind in button]
    if len(kinds) != 1:
        raise Refusal(400, "Bad Request: BUTTON_TYPE_INVALID")
    if kinds == ["callback_data"] and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    if kinds == ["copy_text"] and not 1 <= len(button["copy_text"]["text"]) <= COPIED:
        raise Refusal(400, "Bad Request: BUTTON_COPY_TEXT_INVALID")
