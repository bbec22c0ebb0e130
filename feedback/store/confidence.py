"""Which requests were made where others read along, and which in confidence."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from feedback.store.imports import PLATFORM as IMPORTED
from feedback.tables import Prompt

_WITHOUT_CHATS = ("studio", "terminal", IMPORTED)


def in_shared_chat() -> ColumnElement[bool]:
    """Others read along: no direct message, where a reader may have asked for what is nobody else's concern.

    Slack's direct messages are called D…, Telegram's groups have negative numbers.
    """
    return or_(
        and_(col(Prompt.platform) == "slack", col(Prompt.chat).not_like("D%")),
        and_(col(Prompt.platform) == "telegram", col(Prompt.chat).like("-%")),
    )


def in_no_direct_message() -> ColumnElement[bool]:
    """Asked in a shared chat, or where there are no chats: those who run the service read along there."""
    return or_(in_shared_chat(), col(Prompt.platform).in_(_WITHOUT_CHATS))
