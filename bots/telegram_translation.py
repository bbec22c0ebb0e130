"""Telegram's updates in the service's own words. Pure functions: nothing is sent or kept here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from telegram import (
    CallbackQuery,
    Chat,
    MaybeInaccessibleMessage,
    Message,
    MessageReactionUpdated,
    ReactionType,
    ReactionTypeEmoji,
    User,
)
from telegram.constants import ChatType

from bots.messages import Incoming, MessageRef, Place, Reader, Vote
from bots.surface import PlaceClosed
from bots.telegram_buttons import PLATFORM

VERDICTS = {"👍": 1.0, "❤": 1.0, "🔥": 1.0, "👏": 1.0, "👎": -1.0, "💩": -1.0}
# Read from the text itself: entities tell the same, if they are right and lie within it.
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,64})(?P<bot>@[A-Za-z0-9_]{1,64})?(?![A-Za-z0-9_@/<>])")
_NUMBER = re.compile(r"[0-9]{1,18}")
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
    return Reader(PLATFORM, str(me.id), str(person.id), locale or "en")


def to_place(message: MaybeInaccessibleMessage, me: User) -> Place:
    """The chat and, in a forum, the topic. Outside forums Telegram's thread id cannot be sent to."""
    topical = isinstance(message, Message) and message.is_topic_message
    thread = message.message_thread_id if isinstance(message, Message) and topical else None
    return Place(PLATFORM, str(me.id), str(message.chat.id), str(thread or ""))


def thread_of(place: Place) -> int | None:
    """The topic to send to. Raises PlaceClosed if the place names none that Telegram could have."""
    if not place.thread:
        return None
    if not _NUMBER.fullmatch(place.thread):
        raise PlaceClosed(f"no topic: {place.thread[:20]!r}")
    return int(place.thread)


def to_command(message: Message, me: User) -> Command | None:
    """The command that a message starts with, unless it is another bot's."""
    typed = _COMMAND.match(message.text or "")
    if typed is None or message.text is None:
        return None
    bot = typed["bot"]
    if bot and bot.lower() != me.name.lower():
        return None
    addressed = bool(bot) or message.chat.type == ChatType.PRIVATE
    return Command(typed["name"].lower(), message.text[typed.end() :].strip(), addressed)


def key_of(message: Message, me: User) -> str:
    """The identity of a request: the same message is the same prompt."""
    return f"{PLATFORM}:{me.id}:{message.chat.id}:{message.message_id}"


def said_in(message: Message) -> str:
    """What tells a message from all others, also from one of another server that counts anew."""
    text = sha256((message.text or "").encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"message:{message.chat.id}:{message.message_id}:{message.date}:{text}"


def quoted_by(message: MaybeInaccessibleMessage) -> str:
    """What an answer quotes: in groups the message that asked, in private nothing."""
    return "" if message.chat.type == ChatType.PRIVATE else str(message.message_id)


def answered(message: Message, me: User) -> MessageRef | None:
    """The bot's message that this one replies to. In a topic everything "replies" to what opened it."""
    before = message.reply_to_message
    if before is None or before.forum_topic_created:
        return None
    if before.from_user is None or before.from_user.id != me.id:
        return None
    return MessageRef(PLATFORM, str(before.chat.id), str(before.message_id))


def to_incoming(message: Message, me: User, forms: Collection[str]) -> Incoming | None:
    """A request, if the message is one: any text in private, a mention, reply or command in groups."""
    sender = message.sender_chat or message.from_user
    if message.text is None or sender is None or (isinstance(sender, User) and sender.is_bot):
        return None
    place, quoted, key = to_place(message, me), quoted_by(message), key_of(message, me)
    reader = to_reader(sender, me)
    if _COMMAND.match(message.text):
        command = to_command(message, me)
        if command is None or not (command.addressed or command.name in forms):
            return None
        return Incoming(key, place, reader, command.rest, command.name, reply_to=quoted)
    mentioned, piece = _mentions(message.text, me), answered(message, me)
    if quoted and not mentioned and piece is None:
        return None
    text = _without_mention(message.text, me) if mentioned else message.text.strip().lstrip("/").strip()
    before: MessageRef | Place = piece or place
    return Incoming(key, place, reader, text, reply_to=quoted, follow_up_of=before, answers=piece is not None)


def to_again(
    query: CallbackQuery, message: MaybeInaccessibleMessage, completion_id: int, me: User, variants: int = 1
) -> Incoming:
    """A request for more texts on the same prompt. Each tap is one, so its key is the query's."""
    reader = to_reader(query.from_user, me)
    key = f"{PLATFORM}:{me.id}:{message.chat.id}:again:{query.id}"
    return Incoming(
        key,
        to_place(message, me),
        reader,
        "",
        again_of=completion_id,
        reply_to=quoted_by(message),
        variants=variants,
    )


def to_vote(
    update: MessageReactionUpdated, me: User, verdicts: Mapping[str, float] = VERDICTS, number: int = 0
) -> Vote | None:
    """What a changed reaction says of the message; None if it says nothing we understand.

    `number` is the update's: delivered again, it is the same vote.
    """
    actor = update.user or update.actor_chat
    before, after = _verdicts(update.old_reaction, verdicts), _verdicts(update.new_reaction, verdicts)
    if actor is None or not (before or after):
        return None
    added = [verdict for emoji, verdict in after.items() if emoji not in before]
    value = [*after.values(), *added][-1] if after else None  # The newest of several counts.
    target = MessageRef(PLATFORM, str(update.chat.id), str(update.message_id))
    key = f"{PLATFORM}:{me.id}:reaction:{target.chat}:{target.message}:{number}" if number else ""
    return Vote(to_reader(actor, me), value, "reaction", target, key=key)


def _verdicts(reactions: Sequence[ReactionType], verdicts: Mapping[str, float]) -> dict[str, float]:
    shown = [r.emoji.rstrip(_VARIATION_SELECTOR) for r in reactions if isinstance(r, ReactionTypeEmoji)]
    return {emoji: verdicts[emoji] for emoji in shown if emoji in verdicts}


def _mentions(text: str, me: User) -> bool:
    return bool(re.search(rf"(?<![\w@]){re.escape(me.name)}\b", text, flags=re.IGNORECASE | re.ASCII))


def _without_mention(text: str, me: User) -> str:
    return re.sub(rf"\s*{re.escape(me.name)}\b[,:]?\s*", " ", text, flags=re.IGNORECASE | re.ASCII).strip()
