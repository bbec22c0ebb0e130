"""The updates that we handle, and the types of what we read of them: anything else is refused before that."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, InstanceOf
from telegram import Bot, Update

# Telegram withholds reactions unless they are named.
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.CALLBACK_QUERY,
    Update.MESSAGE_REACTION,
    Update.MY_CHAT_MEMBER,
    Update.INLINE_QUERY,
]
_MOST = 2**52  # Telegram's ids have at most 52 significant bits.

Id = Annotated[int, Field(ge=-_MOST, le=_MOST)]
Text = InstanceOf[str]  # JSON may hold half a character, which pydantic's own type refuses.


class Unreadable(Exception):
    """Raised when what was sent is no update, or none as Telegram makes them."""


def read_update(content: Any, bot: Bot) -> Update:
    """The update. Raises Unreadable."""
    try:
        _Update.model_validate(content)
        # Of other kinds nothing is read, so nothing in them can do harm.
        return Update.de_json({key: content.get(key) for key in _Update.model_fields}, bot)
    except Exception as error:  # Whatever the library stumbles over.
        raise Unreadable(type(error).__name__) from error


def number_of(content: Any) -> int:
    """An update's number; -1 if it has none that Telegram would give."""
    number = content.get("update_id") if isinstance(content, dict) else None
    return number if type(number) is int and 0 <= number <= _MOST else -1


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Person(_Shape):
    id: Id
    first_name: Text = ""
    language_code: Text | None = None


class _Chat(_Shape):
    id: Id
    type: Text


class _Entity(_Shape):
    offset: int
    url: Text | None = None


class _Answered(_Shape):
    message_id: Id
    chat: _Chat
    sender: _Person | None = Field(None, alias="from")
    text: Text | None = None
    entities: Sequence[_Entity] | None = None


class _Button(_Shape):
    callback_data: Text | None = None


class _Keyboard(_Shape):
    inline_keyboard: Sequence[Sequence[_Button]] | None = None


class _Message(_Answered):
    sender_chat: _Chat | None = None
    message_thread_id: Id | None = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    reply_to_message: _Answered | None = None
    reply_markup: _Keyboard | None = None


class _Tap(_Shape):
    id: str
    sender: _Person = Field(alias="from")
    data: Text | None = None
    message: _Message | None = None
    inline_message_id: str | None = None


class _Reaction(_Shape):
    type: Text
    emoji: Text = ""


class _Reactions(_Shape):
    message_id: Id
    chat: _Chat
    user: _Person | None = None
    actor_chat: _Chat | None = None
    old_reaction: Sequence[_Reaction]
    new_reaction: Sequence[_Reaction]


class _Member(_Shape):
    status: Text


class _Membership(_Shape):
    chat: _Chat
    sender: _Person = Field(alias="from")
    old_chat_member: _Member
    new_chat_member: _Member


class _Typed(_Shape):
    id: str
    sender: _Person = Field(alias="from")
    query: Text


class _Update(_Shape):
    update_id: Annotated[int, Field(ge=0, le=_MOST)]
    message: _Message | None = None
    callback_query: _Tap | None = None
    message_reaction: _Reactions | None = None
    my_chat_member: _Membership | None = None
    inline_query: _Typed | None = None
