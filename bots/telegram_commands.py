"""Telegram's commands beside the forms: more of a piece, a reader's own affairs, what only operators may."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from textwrap import shorten

from telegram import BotCommand, ChatMemberUpdated, Message, User
from telegram.constants import BotCommandLimit, ChatMemberStatus, ChatType

from bots.messages import MOST_VARIANTS, Incoming, MessageRef, Place, Reader
from bots.operators import NotOperator
from bots.status_sentences import status_sentences, version_sentence
from bots.telegram_account import Account
from bots.telegram_asking import Asking
from bots.telegram_buttons import VARIANTS_WANTED
from bots.telegram_desk import Desk
from bots.telegram_translation import Command, answered, key_of, quoted_by, to_place
from bots.texts import say

WISHES = ("variants", "again", "shorter")
READERS = ("settings", "mydata", "stop", "help")
OPERATORS = ("status", "version", "pause", "resume")
_GENERAL = "rhapsode"  # "/rhapsode status", as in Slack.
_KNOWN = {*WISHES, *READERS, *OPERATORS, _GENERAL, "start"}
_LONGEST_LIST = 800  # Characters of forms in one sentence; the menu has the rest.
_MOST_LISTED = int(BotCommandLimit.MAX_COMMAND_NUMBER)
# As generation/follow_ups.py reads it, in whatever language the piece is.
_SAID = {"variants": "again", "again": "again", "shorter": "shorter"}
_PRESENT = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR)


class Commands:
    """Does what a command says."""

    def __init__(self, desk: Desk, asking: Asking, account: Account) -> None:
        self._desk = desk
        self._asking = asking
        self._account = account

    def takes(self, command: Command) -> bool:
        """In groups an operator's commands must name the bot: other bots may have them as well."""
        return command.name in _KNOWN and (command.addressed or command.name not in OPERATORS)

    async def on_command(self, command: Command, message: Message, reader: Reader) -> None:
        """Raises what stands behind the bot raises."""
        place = to_place(message, self._desk.me)
        command = meant_by(command)
        match command.name:
            case "start" | "help":
                await self._desk.tell(place, self._help(message, reader.locale))
            case "settings" | "mydata":
                await self._account.on_command(command, message, reader)
            case "stop":
                await self._stop(place, reader)
            case "status" | "version" | "pause" | "resume":
                await self._desk.tell(place, await self._operated(command.name, reader))
            case _:
                await self._asking.ask(to_wish(command, message, reader, self._desk.me))

    async def on_membership(self, change: ChatMemberUpdated) -> None:
        """Added to a group, the bot says what it can do there, and what it is not shown."""
        before, after = change.old_chat_member.status, change.new_chat_member.status
        if change.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
            return
        if after in _PRESENT and before not in (*_PRESENT, ChatMemberStatus.RESTRICTED):
            place = Place("telegram", str(self._desk.me.id), str(change.chat.id))
            reader = await self._desk.reader(change.from_user)
            await self._desk.tell(place, self._in_groups(reader.locale))

    def _help(self, message: Message, locale: str) -> str:
        text = say(locale, "telegram-help", forms=listed(self._desk.forms))
        if message.chat.type == ChatType.PRIVATE:
            return text
        return f"{text}\n\n{self._in_groups(locale)}"

    def _in_groups(self, locale: str) -> str:
        me = self._desk.me
        seen = "telegram-group-open" if me.can_read_all_group_messages else "telegram-group-privacy"
        return f"{say(locale, seen, bot=me.name)} {say(locale, 'telegram-group-learning')}"

    async def _stop(self, place: Place, reader: Reader) -> None:
        prompts = await asyncio.to_thread(self._desk.readers.under_way, reader)
        stopped = [await asyncio.to_thread(self._desk.inbox.cancel, reader, prompt) for prompt in prompts]
        if not any(stopped):  # Else the answer's place says so.
            await self._desk.tell(place, say(reader.locale, "nothing-to-stop"))

    async def _operated(self, name: str, reader: Reader) -> str:
        operators, paused = self._desk.operators, name == "pause"
        try:
            if name in ("status", "version"):
                status = await asyncio.to_thread(operators.status, reader)
                return (status_sentences if name == "status" else version_sentence)(reader.locale, status)
            await asyncio.to_thread(lambda: operators.pause(reader, paused=paused))
        except NotOperator:
            return say(reader.locale, "not-operator")
        return say(reader.locale, "requests-paused" if paused else "requests-resumed")


def meant_by(command: Command) -> Command:
    """ "/rhapsode status" is "/status", and whatever else "/rhapsode" says is a call for help."""
    if command.name != _GENERAL:
        return command
    name, _, rest = command.rest.partition(" ")
    name = name.lower()
    return replace(command, name=name if name in {*READERS, *OPERATORS} else "help", rest=rest.strip())


def to_wish(command: Command, message: Message, reader: Reader, me: User) -> Incoming:
    """More of the piece that is answered, or of the reader's newest; `/variants rain` is a new request."""
    place, piece = to_place(message, me), answered(message, me)
    before: MessageRef | Place | None = piece or place
    variants = VARIANTS_WANTED if command.name == "variants" else 1
    text = f"{_SAID[command.name]} {command.rest if command.name == 'shorter' else ''}".strip()
    if command.name == "variants" and command.rest.isdecimal():
        variants = max(2, min(int(command.rest[:2]), MOST_VARIANTS))
    elif command.name == "variants" and command.rest:
        text, before = command.rest, None
    return Incoming(
        key_of(message, me),
        place,
        reader,
        text,
        reply_to=quoted_by(message),
        follow_up_of=before,
        answers=piece is not None,
        variants=variants,
    )


def listed(forms: Collection[str]) -> str:
    """Forms as commands in one sentence, as many as it bears."""
    return shorten(" ".join(f"/{form}" for form in forms), _LONGEST_LIST, placeholder=" …")


def menu(locale: str, forms: Collection[str]) -> list[BotCommand]:
    """The commands as Telegram lists them, which is so many at most. Operators know theirs."""
    ours = (*WISHES, *READERS)
    names = [*[form for form in forms if form not in _KNOWN][: _MOST_LISTED - len(ours)], *ours]
    return [BotCommand(name, say(locale, "telegram-command", form=name)) for name in names]
