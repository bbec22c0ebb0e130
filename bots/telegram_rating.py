"""What readers think of a piece: taps, reactions, reasons, choices, their own versions."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from telegram import CallbackQuery, ForceReply, Message, MessageReactionUpdated, User
from telegram.constants import ChatType

from bots.courier import retrying
from bots.messages import Inbox, MessageRef, Reader, Refused, UnknownCompletion, Vote
from bots.telegram_asking import Asking
from bots.telegram_buttons import Tap, with_comment, with_reasons, without_reasons
from bots.telegram_consent import Consent
from bots.telegram_line import Line, Speech
from bots.telegram_translation import to_answered, to_place, to_reader, to_sender, to_vote
from bots.telegram_wanted import Comment, Rewrite, Wanted, asked_by, question
from bots.texts import say


class Rating:
    """Keeps verdicts, thanks for them, and asks what was wrong."""

    def __init__(
        self,
        inbox: Inbox,
        asking: Asking,
        line: Line,
        speech: Speech,
        consent: Consent,
        verdicts: Mapping[str, float],
    ) -> None:
        self._inbox = inbox
        self._asking = asking
        self._line = line
        self._speech = speech
        self._consent = consent
        self._verdicts = verdicts

    async def rate(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        vote = Vote(reader, tap.value, "button", tap.target, toggle=True)
        rated = await asyncio.to_thread(self._inbox.rate, vote)
        value = rated.value or 0
        told = "rated-up" if value > 0 else "rated-down" if value < 0 else "rating-cleared"
        self._speech.toast(query, say(reader.locale, told))
        message = query.message
        if not isinstance(message, Message) or message.reply_markup is None:
            return
        self._ask_why(message, rated.completion_id if value < 0 else None, reader)
        await self._consent.mention(reader, message)

    def _ask_why(self, message: Message, poor: int | None, reader: Reader) -> None:
        shown = message.reply_markup
        if shown is None:
            return
        asks = with_reasons(shown, poor, reader.locale) if poor is not None else without_reasons(shown)
        if asks != shown:
            self._speech.relabel(to_place(message, message.get_bot().bot), message.message_id, asks)

    async def give_reason(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        vote = Vote(reader, -1.0, "button", tap.target, reason=tap.reason)
        rated = await asyncio.to_thread(self._inbox.rate, vote)
        self._speech.toast(query, say(reader.locale, "telegram-reason-kept"))
        message = query.message
        if isinstance(message, Message) and message.reply_markup:
            less = with_comment(message.reply_markup, rated.completion_id, tap.reason, reader.locale)
            self._speech.relabel(to_place(message, message.get_bot().bot), message.message_id, less)

    async def choose(self, query: CallbackQuery, winner: int, reader: Reader) -> None:
        await asyncio.to_thread(self._inbox.prefer, reader, winner)
        self._speech.toast(query, say(reader.locale, "chosen"))

    def want(self, query: CallbackQuery, wanted: Wanted, reader: Reader) -> None:
        """Ask for an answer in the reader's own words. In groups nobody's keyboard is opened unasked."""
        self._speech.toast(query)
        message = query.message
        if isinstance(message, Message):
            private = message.chat.type == ChatType.PRIVATE
            here = to_place(message, message.get_bot().bot)
            sentence = question(wanted, reader.locale)
            self._speech.tell(here, sentence, ForceReply() if private else None, quote=message.message_id)

    async def take(self, message: Message, me: User) -> bool:
        """Keep what answers such a question. False if the message does not."""
        asked, sender = message.reply_to_message, to_sender(message)
        if sender is None or asked is None or to_answered(message, me) is None:
            return False
        wanted = asked_by(asked.text or "")
        if wanted is None or not message.text:
            return False
        reader = await self._asking.known(to_reader(sender, me))
        sentence = await self._keep(wanted, reader, message.text.strip())
        self._speech.tell(to_place(message, me), sentence, quote=message.message_id)
        return True

    async def _keep(self, wanted: Wanted, reader: Reader, text: str) -> str:
        try:
            match wanted:
                case Rewrite(completion_id=piece):
                    await asyncio.to_thread(self._inbox.rewrite, reader, piece, text)
                    return say(reader.locale, "telegram-version-kept")
                case Comment(completion_id=piece, reason=reason):
                    vote = Vote(reader, -1.0, "button", piece, reason=reason or None, comment=text)
                    await asyncio.to_thread(self._inbox.rate, vote)
                    return say(reader.locale, "telegram-reason-kept")
        except UnknownCompletion:
            return say(reader.locale, "unknown-completion")
        except Refused as refused:
            return say(reader.locale, refused.reason, **refused.facts)

    async def react(self, update: MessageReactionUpdated, me: User) -> None:
        vote = to_vote(update, me, self._verdicts)
        if vote:
            await retrying(lambda: self._react(vote), Exception)  # Nobody could be told to react again.

    async def _react(self, vote: Vote) -> None:
        """A supergroup's messages may be known under the id that it had as a group."""
        with suppress(UnknownCompletion):  # A reaction to somebody else's message.
            await asyncio.to_thread(self._inbox.rate, vote)
            return
        shown = vote.target
        former = self._line.former(shown.chat) if isinstance(shown, MessageRef) else None
        if isinstance(shown, MessageRef) and former:
            with suppress(UnknownCompletion):
                older = replace(vote, target=replace(shown, chat=former))
                await asyncio.to_thread(self._inbox.rate, older)
