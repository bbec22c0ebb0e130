"""The question for a reader's own version. It says itself what it is about: a restart forgets no question."""

import re

from telegram import CallbackQuery, Message, MessageEntity, User
from telegram.constants import ChatType

from bots.messages import MessageRef
from bots.splitting import utf16_length
from bots.telegram_buttons import PLATFORM
from bots.texts import say

_PENCIL = "✎"
# A completion's number, or that of the message that shows it where Telegram does not say which piece it was.
_ABOUT = re.compile(r"https?://t\.me/\w+\?start=(?P<what>[vm])(?P<number>[0-9]{1,18})")


def version_question(
    query: CallbackQuery, piece: int | MessageRef, me: User, locale: str
) -> tuple[str, list[MessageEntity]]:
    """The text and what lies behind it. In groups it names who tapped: only they are made to answer."""
    about = f"m{piece.message}" if isinstance(piece, MessageRef) else f"v{piece}"
    link = MessageEntity(MessageEntity.TEXT_LINK, 0, 1, url=f"https://t.me/{me.username}?start={about}")
    sentence = say(locale, "telegram-version")
    name = query.from_user.first_name.encode("utf-8", "ignore").decode().strip()
    if query.message is None or query.message.chat.type == ChatType.PRIVATE or not name:
        return f"{_PENCIL} {sentence}", [link]
    mention = MessageEntity(MessageEntity.TEXT_MENTION, 2, utf16_length(name), user=query.from_user)
    return f"{_PENCIL} {name}: {sentence}", [link, mention]


def asked_about(question: Message) -> int | MessageRef | None:
    """The piece that one of the bot's messages asks another version of."""
    if not (question.text or "").startswith(_PENCIL):
        return None
    links = (_ABOUT.fullmatch(entity.url or "") for entity in question.entities if entity.offset == 0)
    link = next(filter(None, links), None)
    if link is None:
        return None
    if link["what"] == "v":
        return int(link["number"])
    return MessageRef(PLATFORM, str(question.chat.id), link["number"])
