"""The commands besides the forms, and the menu that Telegram shows of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog
from telegram import Bot, BotCommand, Message, User
from telegram.constants import BotCommandLimit, ChatType
from telegram.error import TelegramError

from bots.messages import Inbox, Incoming, Place, Reader
from bots.operators import NotOperator, Operators
from bots.readers import Readers
from bots.telegram_account import Account
from bots.telegram_asking import Asking
from bots.telegram_buttons import VARIANTS_WANTED
from bots.telegram_consent import Consent
from bots.telegram_line import Speech
from bots.telegram_translation import Command, to_continued, to_incoming, to_place, to_reader, to_sender
from bots.texts import LOCALES, say

log = structlog.get_logger(__name__)

MENU = ("variants", "again", "shorter", "settings", "mydata", "stop", "help")  # Below the forms.
WRITING = ("variants", "again", "shorter")
OPERATING = ("status", "pause", "resume")


async def register(bot: Bot, forms: Sequence[str]) -> None:
    """List the commands in Telegram's menu, in every language."""
    names = [*forms[: BotCommandLimit.MAX_COMMAND_NUMBER - len(MENU)], *MENU]
    for locale in LOCALES:
        commands = [BotCommand(name, say(locale, "telegram-command", form=name)) for name in names]
        try:
            await bot.set_my_commands(commands, language_code=None if locale == "en" else locale)
        except TelegramError as error:
            log.warning("commands are not listed in Telegram's menu", locale=locale, why=str(error))


class Commands:
    """Does what a command says. In groups it must be named by the bot, unless it asks for a text."""

    def __init__(
        self,
        inbox: Inbox,
        readers: Readers,
        operators: Operators,
        asking: Asking,
        account: Account,
        consent: Consent,
        speech: Speech,
        forms: Sequence[str],
    ) -> None:
        self._inbox = inbox
        self._readers = readers
        self._operators = operators
        self._asking = asking
        self._account = account
        self._consent = consent
        self._speech = speech
        self._forms = forms

    async def obey(self, message: Message, command: Command, me: User) -> bool:
        """False if the command is for somebody else, or names a form."""
        name, sender = command.name, to_sender(message)
        if sender is None or name in self._forms:
            return False
        reader = await self._asking.known(to_reader(sender, me))
        place, quote = to_place(message, me), _quoted(message)
        if name in WRITING:
            await self._write(message, command, me)
        elif name == "stop":
            await self._stop(place, quote, reader, addressed=command.addressed)
        elif not command.addressed:
            return False
        elif name in ("start", "help"):
            await self._greet(message, name, reader, me)
        elif name in ("settings", "mydata"):
            await self._show(name, message, reader, me)
        elif name in OPERATING:
            await self._operate(name, place, quote, reader)
        else:
            return False
        return True

    async def _write(self, message: Message, command: Command, me: User) -> None:
        incoming = to_written(message, command, me)
        sentence = await self._asking.ask(incoming) if incoming else None
        if sentence:
            self._speech.tell(to_place(message, me), sentence, quote=_quoted(message))

    async def _greet(self, message: Message, name: str, reader: Reader, me: User) -> None:
        told = say(reader.locale, "telegram-help", forms=" ".join(f"/{form}" for form in self._forms))
        if message.chat.type != ChatType.PRIVATE and not me.can_read_all_group_messages:
            told += "\n\n" + say(reader.locale, "telegram-privacy-mode", bot=me.name)
        self._speech.tell(to_place(message, me), told, quote=_quoted(message))
        if name == "start" and message.chat.type == ChatType.PRIVATE:
            await self._consent.mention(reader, message)

    async def _show(self, name: str, message: Message, reader: Reader, me: User) -> None:
        place, quote = to_place(message, me), _quoted(message)
        if name == "mydata" and message.chat.type != ChatType.PRIVATE:
            self._speech.tell(place, say(reader.locale, "telegram-in-private"), quote=quote)
            return
        page = await (self._account.settings(reader) if name == "settings" else self._account.mydata(reader))
        self._speech.tell(place, *page, quote=quote)

    async def _stop(self, place: Place, quote: int | None, reader: Reader, *, addressed: bool) -> None:
        prompts = await asyncio.to_thread(self._readers.under_way, reader)
        stopped = [await asyncio.to_thread(self._inbox.cancel, reader, prompt) for prompt in prompts]
        if not any(stopped) and addressed:  # What is stopped says so itself.
            self._speech.tell(place, say(reader.locale, "nothing-to-stop"), quote=quote)

    async def _operate(self, name: str, place: Place, quote: int | None, operator: Reader) -> None:
        try:
            if name == "status":
                told = await self._status(operator)
            else:
                paused = name == "pause"
                await asyncio.to_thread(lambda: self._operators.pause(operator, paused=paused))
                told = say(operator.locale, "telegram-paused" if paused else "telegram-resumed")
        except NotOperator:
            if quote is not None:  # Silence in groups.
                return
            told = say(operator.locale, "telegram-not-operator")
        self._speech.tell(place, told, quote=quote)

    async def _status(self, operator: Reader) -> str:
        status = await asyncio.to_thread(self._operators.status, operator)
        return say(
            operator.locale,
            "telegram-status",
            champion=status.champion or "—",
            canary=status.canary or "—",
            writers=status.writers,
            waiting=status.waiting,
            writing=status.under_way,
            completions=status.completions_today,
            ratings=status.ratings_today,
            run=status.last_run or "—",
            paused="yes" if status.paused else "no",
        )


def to_written(message: Message, command: Command, me: User) -> Incoming | None:
    """What a command that asks for a text asks for. Without a theme it is about the piece before it."""
    variants = VARIANTS_WANTED if command.name == "variants" else 1
    if command.name == "variants" and command.rest:
        incoming = to_incoming(message, me, WRITING)
        return replace(incoming, form=None, variants=variants) if incoming else None
    return to_continued(message, me, "shorter" if command.name == "shorter" else "again", variants)


def _quoted(message: Message) -> int | None:
    return None if message.chat.type == ChatType.PRIVATE else message.message_id
