"""The chats of the fake Telegram: who is in them, what stands in them, and what may not be put there."""

import re
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]

BOT: Fields = {"id": 4242, "is_bot": True, "first_name": "Rhapsode", "username": "rhapsode_bot"}
LIMIT = 4096  # UTF-16 code units.


class Refusal(Exception):
    """What Telegram answers when it does not do as it is told."""

    def __init__(self, code: int, description: str, retry_after: int = 0, moved_to: int = 0) -> None:
        super().__init__(description)
        self.moved_to = moved_to
        self.code = code
        self.description = description
        self.retry_after = retry_after


def person(number: int, language: str = "en") -> Fields:
    return {"id": number, "is_bot": False, "first_name": f"Reader {number}", "language_code": language}


def private(someone: Fields) -> Fields:
    return {"id": someone["id"], "type": "private", "first_name": someone["first_name"]}


def group(number: int, *, forum: bool = False) -> Fields:
    return {
        "id": -1000000000000 - number,
        "type": "supergroup",
        "title": f"Group {number}",
        "is_forum": forum,
    }


@dataclass
class Message:
    """One message of the bot as a person sees it now, and what it said before."""

    id: int
    chat: Fields
    text: str
    markup: list[list[Fields]] = field(default_factory=list)
    thread: str = ""
    quotes: int | None = None
    history: list[str] = field(default_factory=list)
    entities: list[Fields] = field(default_factory=list)

    def button(self, label: str) -> str:
        return next(str(b.get("callback_data")) for row in self.markup for b in row if label in b["text"])

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.markup for button in row]

    def as_json(self) -> Fields:
        shown = self.as_inaccessible() | {"date": 1_700_000_000, "from": BOT, "text": self.text}
        if self.entities:
            shown["entities"] = self.entities
        if self.markup:
            shown["reply_markup"] = {"inline_keyboard": self.markup}
        if self.thread:
            shown |= {"message_thread_id": int(self.thread), "is_topic_message": True}
        return shown

    def as_inaccessible(self) -> Fields:
        """As Telegram shows it in a callback when it is too old."""
        return {"message_id": self.id, "chat": self.chat, "date": 0}


class Chats:
    """Set `blocked`, `floods` (chat id → seconds, once per entry) and `topics` to bring trouble."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.blocked: set[int] = set()
        self.floods: dict[int, list[int]] = {}
        self.topics: dict[int, set[str]] = {}
        self.moved: dict[int, int] = {}  # Groups that became supergroups.
        self.refused_edits: list[str] = []  # What the next edits are refused with.
        self.refused_sends: list[str] = []  # What the next messages are refused with.
        self._known: dict[int, Fields] = {}
        self._others: set[tuple[int, int]] = set()  # (chat, message) of people.
        self._last = 0

    def write(
        self,
        text: str,
        *,
        by: Fields,
        chat: Fields | None = None,
        thread: int = 0,
        answers: Message | None = None,
    ) -> Fields:
        """What a person writes, with the entities that Telegram finds in it."""
        chat = chat or private(by)
        self._known[chat["id"]] = chat
        message = self._next_id()
        self._others.add((chat["id"], message))
        update: Fields = {
            "message_id": message,
            "date": 1_700_000_000,
            "chat": chat,
            "from": by,
            "text": text,
        }
        update["entities"] = [
            {"type": kind, "offset": _units(text[: m.start()]), "length": _units(m.group())}
            for kind, pattern in (("bot_command", r"(?<!\S)/\w+(?:@\w+)?"), ("mention", r"(?<!\w)@\w{5,}"))
            for m in re.finditer(pattern, text)
        ]
        if thread:
            update |= {"message_thread_id": thread, "is_topic_message": True}
            self.topics.setdefault(chat["id"], set()).add(str(thread))
        if answers:
            update["reply_to_message"] = answers.as_json()
        return update

    def send(self, fields: Fields) -> Message:
        if self.refused_sends:
            raise Refusal(400, self.refused_sends.pop(0))
        chat = self.open_chat(fields)
        text, markup = text_of(fields), markup_of(fields)
        thread = str(fields.get("message_thread_id", ""))
        if thread and thread not in self.topics.get(chat["id"], set()):
            raise Refusal(400, "Bad Request: message thread not found")
        quotes = self._quoted(chat, fields.get("reply_parameters"))
        entities = fields.get("entities") or []
        message = Message(self._next_id(), chat, text, markup, thread, quotes, [text], entities)
        self.sent.append(message)
        return message

    def edit(self, fields: Fields) -> Message:
        """An edit without a keyboard takes the keyboard away, as at Telegram."""
        if self.refused_edits:
            raise Refusal(400, self.refused_edits.pop(0))
        message, text, markup = self.own(fields), text_of(fields, "MESSAGE_TOO_LONG"), markup_of(fields)
        if (text, markup) == (message.text, message.markup):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message",
            )
        message.text, message.markup = text, markup
        message.history.append(text)
        return message

    def edit_markup(self, fields: Fields) -> Message:
        return self.edit(fields | {"text": self.own(fields).text})

    def move(self, chat: Fields, new: Fields) -> None:
        """A group becomes a supergroup: nothing can be done under its old id any more."""
        self.moved[chat["id"]] = new["id"]
        self._known[new["id"]] = new

    def delete(self, message: Message) -> None:
        """A person deletes one of the bot's messages."""
        self.sent.remove(message)

    def open_chat(self, fields: Fields) -> Fields:
        chat = int(fields["chat_id"])
        if chat not in self._known:  # A bot cannot speak first.
            raise Refusal(400, "Bad Request: chat not found")
        if chat in self.moved:
            new = self.moved[chat]
            raise Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", moved_to=new)
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if self.floods.get(chat):
            seconds = self.floods[chat].pop(0)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", seconds)
        return self._known[chat]

    def own(self, fields: Fields) -> Message:
        chat, number = self.open_chat(fields)["id"], int(fields["message_id"])
        if (chat, number) in self._others:
            raise Refusal(400, "Bad Request: message can't be edited")
        for message in self.sent:
            if (message.chat["id"], message.id) == (chat, number):
                return message
        raise Refusal(400, "Bad Request: message to edit not found")

    def _quoted(self, chat: Fields, reply: Fields | None) -> int | None:
        if reply is None:
            return None
        number = int(reply["message_id"])
        there = {(m.chat["id"], m.id) for m in self.sent} | self._others
        if (chat["id"], number) in there:
            return number
        if reply.get("allow_sending_without_reply"):
            return None
        raise Refusal(400, "Bad Request: message to be replied not found")

    def _next_id(self) -> int:
        self._last += 1
        return self._last


def command_refusal(command: Fields) -> Refusal | None:
    """Why Telegram does not list a command."""
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
        return Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
    if not 1 <= len(command["description"]) <= 256:
        return Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    return None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def text_of(fields: Fields, too_long: str = "message is too long") -> str:
    text = str(fields.get("text", "")).strip()  # Telegram trims.
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if _units(text) > LIMIT:
        raise Refusal(400, f"Bad Request: {too_long}")
    return text


def markup_of(fields: Fields) -> list[list[Fields]]:
    rows: list[list[Fields]] = (fields.get("reply_markup") or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise Refusal(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if copied := button.get("copy_text"):
            if not 1 <= _units(copied["text"]) <= 256:
                raise Refusal(400, "Bad Request: BUTTON_COPY_TEXT_INVALID")
        elif not 1 <= len(str(button.get("callback_data", "")).encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return rows
