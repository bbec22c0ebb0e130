"""Telegram's updates in the service's own words. Pure functions: nothing is sent or kept here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from telegram import (
    CallbackQuery,
    Chat,
    Message,
    MessageEntity,
    MessageReactionUpdated,
    ReactionType,
    ReactionTypeEmoji,
    User,
)
from telegram.constants import ChatType

from bots.messages import Incoming, MessageRef, Place, Reader, Vote
from bots.telegram_buttons import PLATFORM

VERDICTS: Mapping[str, float] = {"👍": 1.0, "❤": 1.0, "🔥": 1.0, "👏": 1.0, "👎": -1.0, "💩": -1.0}
_VARIATION_SELECTOR = "\ufe0f"  # Some clients append it to the heart.


@dataclass(frozen=True, slots=True)
class Command:
    """ "/poem@rhapsode_bot rain"."""

    name: str
    rest: str
    addressed: bool  # True if it names this bot, or nobody else can be meant.


def to_reader(person: User | Chat, me: User) -> Reader:
    """A person, or the group or channel in whose name an anonymous admin speaks."""
    locale = person.language_code if isinstance(person, User) else None
    return Reader(
        PLATFORM, str(me.id), str(person.id), locale if locale and isinstance(locale, str) else "en"
    )


def to_sender(message: Message) -> User | Chat | None:
    """Who speaks to the bot in a message; None if nobody does, or if the bot is spoken through."""
    sender = message.sender_chat or message.from_user
    if isinstance(sender, User) and sender.is_bot:
        return None
    return None if message.is_automatic_forward or message.via_bot else sender


def to_place(message: Message, me: User) -> Place:
    """The chat and, in a forum, the topic. Outside forums Telegram's thread id cannot be sent to."""
    thread = str(message.message_thread_id) if message.is_topic_message else ""
    return Place(PLATFORM, str(me.id), str(message.chat.id), thread)


def to_command(message: Message, me: User) -> Command | None:
    """The command that a message starts with, unless it is another bot's."""
    entities = message.parse_entities([MessageEntity.BOT_COMMAND])
    typed = next((text for entity, text in entities.items() if entity.offset == 0), None)
    if typed is None or message.text is None:
        return None
    name, _, bot = typed[1:].partition("@")
    if bot and f"@{bot}".lower() != me.name.lower():
        return None
    addressed = bool(bot) or message.chat.type == ChatType.PRIVATE
    return Command(name.lower(), message.text[len(typed) :].strip(), addressed)


def to_incoming(message: Message, me: User, forms: Collection[str]) -> Incoming | None:
    """A request, if the message is one: any text in private, a mention, reply or command in groups."""
    sender = to_sender(message)
    if message.text is None or sender is None:
        return None
    place, quoted = to_place(message, me), ""
    if message.chat.type != ChatType.PRIVATE:
        quoted = str(message.message_id)
    key = f"{PLATFORM}:{me.id}:{message.chat.id}:{message.message_id}"
    reader = to_reader(sender, me)
    if message.text.startswith("/"):
        command = to_command(message, me)
        if command is None or not (command.addressed or command.name in forms):
            return None
        return Incoming(key, place, reader, command.rest, command.name, reply_to=quoted)
    mentioned, answered = _mentions(message, me), to_answered(message, me)
    if quoted and not mentioned and answered is None:
        return None
    text = _without_mention(message.text, me) if mentioned else message.text.strip()
    before: MessageRef | Place = answered or place
    return Incoming(
        key, place, reader, text, reply_to=quoted, follow_up_of=before, answers=answered is not None
    )


def to_again(
    query: CallbackQuery, message: Message, completion_id: int, me: User, variants: int = 1
) -> Incoming:
    """A request for more texts on the same prompt. Each tap is one, so its key is the query's."""
    quoted = "" if message.chat.type == ChatType.PRIVATE else str(message.message_id)
    reader = to_reader(query.from_user, me)
    key = f"{PLATFORM}:{me.id}:{message.chat.id}:again:{query.id}"
    return Incoming(
        key,
        to_place(message, me),
        reader,
        "",
        again_of=completion_id,
        reply_to=quoted,
        variants=variants,
    )


def to_continued(message: Message, me: User, text: str, variants: int = 1) -> Incoming | None:
    """A command about a piece: the one that the message answers, or the reader's newest here."""
    sender = to_sender(message)
    if sender is None:
        return None
    place, answered = to_place(message, me), to_answered(message, me)
    return Incoming(
        f"{PLATFORM}:{me.id}:{message.chat.id}:{message.message_id}",
        place,
        to_reader(sender, me),
        text,
        reply_to="" if message.chat.type == ChatType.PRIVATE else str(message.message_id),
        follow_up_of=answered or place,
        variants=variants,
    )


def to_vote(
    update: MessageReactionUpdated, me: User, verdicts: Mapping[str, float] = VERDICTS
) -> Vote | None:
    """What a changed reaction says of the message; None if it says nothing we understand."""
    actor = update.user or update.actor_chat
    before, after = _verdicts(update.old_reaction, verdicts), _verdicts(update.new_reaction, verdicts)
    if actor is None or not (before or after):
        return None
    added = [verdict for emoji, verdict in after.items() if emoji not in before]
    value = [*after.values(), *added][-1] if after else None  # The newest of several counts.
    target = MessageRef(PLATFORM, str(update.chat.id), str(update.message_id))
    return Vote(to_reader(actor, me), value, "reaction", target)


def _verdicts(reactions: Sequence[ReactionType], verdicts: Mapping[str, float]) -> dict[str, float]:
    shown = [r.emoji.rstrip(_VARIATION_SELECTOR) for r in reactions if isinstance(r, ReactionTypeEmoji)]
    return {emoji: verdicts[emoji] for emoji in shown if emoji in verdicts}


def _mentions(message: Message, me: User) -> bool:
    mentions = message.parse_entities([MessageEntity.MENTION]).values()
    return me.name.lower() in (mention.lower() for mention in mentions)


def to_answered(message: Message, me: User) -> MessageRef | None:
    """The bot's message that this one replies to. In a topic everything "replies" to what opened it."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created:
        return None
    if answered.from_user is None or answered.from_user.id != me.id:
        return None
    return MessageRef(PLATFORM, str(answered.chat.id), str(answered.message_id))


def _without_mention(text: str, me: User) -> str:
    return re.sub(rf"\s*{re.escape(me.name)}\b[,:]?\s*", " ", text, flags=re.IGNORECASE).strip()
