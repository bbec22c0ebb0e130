"""What Telegram may send, and who attends to it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from telegram import CallbackQuery, InlineQuery, Message, Update, User
from telegram.constants import ChatType
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bots.incidents import new_incident, say_with
from bots.messages import Reader
from bots.telegram_account import Account
from bots.telegram_asking import Asking
from bots.telegram_buttons import OwnTap, Tap, to_own_tap, to_tap
from bots.telegram_calling import answering
from bots.telegram_commands import Commands
from bots.telegram_desk import Desk, Tell
from bots.telegram_errands import Step
from bots.telegram_inline import CACHED, LongThemes, Themes, offers
from bots.telegram_rating import Rating
from bots.telegram_translation import said_in, to_command, to_incoming, to_place, to_vote
from bots.texts import say

log = structlog.get_logger(__name__)

Context = ContextTypes.DEFAULT_TYPE


class Listening:
    """Takes each update to where it belongs. One that cannot be handled is one sentence for its reader."""

    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        commands: Commands,
        account: Account,
        rating: Rating,
        reactions: Mapping[str, float],
        themes: LongThemes,
    ) -> None:
        self._desk = desk
        self._asking = asking
        self._commands = commands
        self._account = account
        self._rating = rating
        self._reactions = reactions
        self._themes = Themes(themes)

    def attend(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register everything that Telegram may send."""
        changed = MessageReactionHandler.MESSAGE_REACTION_UPDATED
        application.add_handlers(
            [
                MessageHandler(filters.UpdateType.MESSAGE, self._on_message),
                CallbackQueryHandler(self._on_tap),
                MessageReactionHandler(self._on_reaction, message_reaction_types=changed),
                InlineQueryHandler(self._on_inline_query),
                ChatMemberHandler(self._on_membership, ChatMemberHandler.MY_CHAT_MEMBER),
            ]
        )
        application.add_error_handler(self._on_error)

    async def _on_message(self, update: Update, _: Context) -> None:
        message = update.message
        if message is None or self._says_nothing(message):
            return
        sender = message.sender_chat or message.from_user
        if sender is None or (isinstance(sender, User) and sender.is_bot):
            return
        command = to_command(message, self._desk.me)
        piece = self._rating.version_of(message)
        incoming = to_incoming(message, self._desk.me, self._desk.forms)
        ours = command is not None and self._commands.takes(command)
        if not (ours or piece is not None or incoming):
            return
        reader, place = await self._desk.reader(sender), to_place(message, self._desk.me)

        async def step() -> None:
            if command is not None and ours:
                await self._commands.on_command(command, message, reader)
            elif piece is not None and command is None:
                await self._rating.keep_version(message, piece, reader)
            elif incoming:
                await self._asking.ask(replace(incoming, reader=reader))

        await self._once(said_in(message), partial(self._desk.tell, place), reader, step)

    def _says_nothing(self, message: Message) -> bool:
        """Whether nobody speaks to the bot in it: no words, or none of the reader's own."""
        self._note_move(message)
        return not message.text or bool(message.is_automatic_forward or message.via_bot)

    def _note_move(self, message: Message) -> None:
        """A group becomes a supergroup: Telegram says so in both."""
        here = str(message.chat.id)
        if message.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
            return
        if message.migrate_to_chat_id:
            self._desk.moved(here, str(message.migrate_to_chat_id))
        if message.migrate_from_chat_id:
            self._desk.moved(str(message.migrate_from_chat_id), here)

    async def _on_tap(self, update: Update, _: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        reader = await self._desk.reader(query.from_user)
        tell, step = partial(self._desk.toast, query), partial(self._tapped, query, reader)
        await self._once(f"tap:{query.id}:{query.data}", tell, reader, step)

    async def _once(self, key: str, tell: Tell, reader: Reader, step: Step) -> None:
        """What Telegram sends again, even after a restart, is neither said nor counted twice."""
        if await self._desk.seen.known(key):
            return
        await self._desk.attempt(tell, reader, step)
        await self._desk.seen.keep(key)

    async def _tapped(self, query: CallbackQuery, reader: Reader) -> None:
        theme = await self._themes.theme(query.data or "") if query.inline_message_id else None
        if theme is not None:
            await self._asking.write_inline(query, theme, reader)
            return
        match to_own_tap(query) or to_tap(query):
            case OwnTap(what, value):
                await self._account.on_tap(query, what, value, reader)
            case Tap("rate") as tap:
                await self._rating.rate(query, tap, reader)
            case Tap("explain") as tap:
                await self._rating.explain(query, tap, reader)
            case Tap("choose", winner):
                await self._rating.choose(query, winner, reader)
            case Tap("rewrite", piece):
                await self._rating.ask_version(query, piece, reader)
            case Tap("stop", int(prompt)):
                await self._asking.stop(query, prompt, reader)
            case Tap() as wish if query.message:
                await self._asking.again(query, query.message, wish, reader)
            case _:
                await self._desk.toast(query, say(reader.locale, "unknown-completion"))

    async def _on_reaction(self, update: Update, _: Context) -> None:
        changed = update.message_reaction
        if changed and (vote := to_vote(changed, self._desk.me, self._reactions, update.update_id)):
            await self._rating.react(vote)

    async def _on_inline_query(self, update: Update, _: Context) -> None:
        if query := update.inline_query:  # No other update waits for what somebody is still typing.
            self._desk.errands.start(f"typed {query.id}", partial(self._offer, query))

    async def _offer(self, query: InlineQuery) -> None:
        reader = await self._desk.reader(query.from_user)
        offered = await offers(query.query, self._themes, reader.locale)
        with answering("what somebody types"):
            await self._desk.bot.answer_inline_query(query.id, offered, cache_time=CACHED, is_personal=True)

    async def _on_membership(self, update: Update, _: Context) -> None:
        change = update.my_chat_member
        if change:
            key = f"member:{change.chat.id}:{change.date}:{change.new_chat_member.status}"
            if not await self._desk.seen.known(key):
                await self._commands.on_membership(change)
                await self._desk.seen.keep(key)

    async def _on_error(self, update: object, context: Context) -> None:
        """One sentence for the reader, the whole story for the operator."""
        number, incident = update.update_id if isinstance(update, Update) else None, new_incident()
        log.error(
            "an update could not be handled", update_id=number, incident=incident, exc_info=context.error
        )
        try:
            await self._apologise(update, incident)
        except Exception as error:  # noqa: BLE001 - An update that lacks what every update has.
            log.info("nobody to say it to", update_id=number, error=type(error).__name__)

    async def _apologise(self, update: object, incident: str) -> None:
        if not isinstance(update, Update) or update.effective_user is None:
            return
        sentence = say_with(incident, update.effective_user.language_code or "en", "service-down")
        if update.callback_query:
            await self._desk.toast(update.callback_query, sentence)
        elif update.message:
            await self._desk.tell(to_place(update.message, self._desk.me), sentence)
