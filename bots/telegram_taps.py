"""What happens when somebody taps a button."""

import asyncio

from telegram import CallbackQuery, Message, User

from bots.messages import Inbox, Reader, UnknownCompletion
from bots.telegram_account import Account
from bots.telegram_asking import Asking
from bots.telegram_buttons import VARIANTS_WANTED, Tap, to_tap
from bots.telegram_inline import Themes, to_inline_incoming
from bots.telegram_line import Speech
from bots.telegram_rating import Rating
from bots.telegram_translation import to_again, to_reader
from bots.telegram_wanted import Comment, Rewrite
from bots.texts import say


class Taps:
    """Finds out what was tapped and hands it on; every tap is answered."""

    def __init__(
        self,
        inbox: Inbox,
        asking: Asking,
        rating: Rating,
        account: Account,
        themes: Themes,
        speech: Speech,
    ) -> None:
        self._inbox = inbox
        self._asking = asking
        self._rating = rating
        self._account = account
        self._themes = themes
        self._speech = speech

    async def take(self, query: CallbackQuery, me: User) -> None:
        reader = await self._asking.known(to_reader(query.from_user, me))
        if await self._account.tapped(query, reader, me):
            return
        try:
            if query.inline_message_id and (theme := self._themes.theme(str(query.data))):
                await self._write_inline(query, theme, reader, me)
            elif (tap := to_tap(query)) is None:
                self._speech.toast(query, say(reader.locale, "unknown-completion"))
            else:
                await self._act(query, tap, reader, me)
        except UnknownCompletion:
            self._speech.toast(query, say(reader.locale, "unknown-completion"))

    async def _act(self, query: CallbackQuery, tap: Tap, reader: Reader, me: User) -> None:
        match tap:
            case Tap("rate"):
                await self._rating.rate(query, tap, reader)
            case Tap("reason", reason=str(reason)) if reason:
                await self._rating.give_reason(query, tap, reader)
            case Tap("choose", int(winner)):
                await self._rating.choose(query, winner, reader)
            case Tap("stop", int(prompt_id)):
                await self._stop(query, prompt_id, reader)
            case Tap("rewrite", int(piece)):
                self._rating.want(query, Rewrite(piece), reader)
            case Tap("comment", int(piece)):
                self._rating.want(query, Comment(piece, tap.reason), reader)
            case Tap("again" | "variants", int(piece)) if isinstance(query.message, Message):
                await self._again(query, query.message, tap, piece, me)
            case _:
                self._speech.toast(query, say(reader.locale, "unknown-completion"))

    async def _again(self, query: CallbackQuery, message: Message, tap: Tap, piece: int, me: User) -> None:
        count = VARIANTS_WANTED if tap.act == "variants" else 1
        self._speech.toast(query, await self._asking.ask(to_again(query, message, piece, me, count)))

    async def _write_inline(self, query: CallbackQuery, theme: str, reader: Reader, me: User) -> None:
        incoming = to_inline_incoming(query, theme, reader, me)
        self._speech.toast(query, await self._asking.ask(incoming) if incoming else None)

    async def _stop(self, query: CallbackQuery, prompt_id: int, reader: Reader) -> None:
        stopped = await asyncio.to_thread(self._inbox.cancel, reader, prompt_id)
        self._speech.toast(query, say(reader.locale, "cancelled" if stopped else "nothing-to-stop"))
