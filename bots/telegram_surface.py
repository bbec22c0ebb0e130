"""One place on Telegram: hold it, show the text that grows there, and send or edit what is finished."""

from contextlib import suppress
from time import monotonic

from telegram import InlineKeyboardMarkup, ReplyParameters
from telegram.constants import MessageLimit
from telegram.error import BadRequest, TelegramError

from bots.courier import MessageGone, PlaceClosed
from bots.messages import Pending, Reply
from bots.splitting import parts, utf16_length
from bots.telegram_buttons import keyboard, stop_keyboard
from bots.telegram_drafts import Drafts
from bots.telegram_line import Line
from bots.texts import say


def with_mark(text: str, reply: Reply | None) -> str:
    """The last part with the mark of its form below it, if there is one and it fits."""
    marked = f"{text}\n\n— {reply.mark}" if reply and reply.mark else text
    return marked if utf16_length(marked) <= MessageLimit.MAX_TEXT_LENGTH else text


def with_notice(text: str, reply: Reply | None, notice: str) -> str:
    """What a finished piece shows: its mark, and that an AI wrote it, where that is wanted."""
    if not reply or not notice:
        return with_mark(text, reply)
    marked, noticed = with_mark(text, reply), f"{text}\n\n{notice}"
    both = f"{marked}\n\n{notice}"
    return both if utf16_length(both) <= MessageLimit.MAX_TEXT_LENGTH else noticed


def message_parts(text: str, notice: str) -> list[str]:
    """Telegram refuses blank messages, so a blank part is left out and a blank text is a dash."""
    limit = MessageLimit.MAX_TEXT_LENGTH - (utf16_length(notice) + 2 if notice else 0)
    return [piece for piece in parts(text, limit, utf16_length) if piece.strip()] or ["—"]


class TelegramSurface:
    """Where one prompt's answer is shown. The first message quotes the reader's, if that is wanted.

    In private chats the text grows as a draft; in groups, and where drafts are refused, in a message that
    is edited at most every `edit_interval` seconds.
    """

    def __init__(
        self, line: Line, pending: Pending, drafts: Drafts, *, edit_interval: float, ai_notice: bool
    ) -> None:
        self._line = line
        self._pending = pending
        self._drafts = drafts
        self._thread = int(pending.place.thread) if pending.place.thread else None
        self._quote = int(pending.reply_to) if pending.reply_to and not pending.sent else None
        self._edit_interval = edit_interval
        self._next_edit = 0.0
        self._notice = say(pending.locale, "ai-written") if ai_notice else ""

    @property
    def _chat(self) -> str:
        return self._line.current(self._pending.place.chat)

    def parts(self, text: str) -> list[str]:
        return message_parts(text, self._notice)

    async def hold(self, sentence: str) -> str:
        """A draft holds the place where drafts are taken; then no message does."""
        private = not self._chat.startswith("-")
        if private and await self._draft(sentence):
            return ""
        return await self._send(sentence, stop_keyboard(self._pending.prompt_id, self._pending.locale))

    async def show(self, message: str, text: str) -> None:
        shown = self.parts(text)[0]
        if not message:
            await self._draft(shown)
        elif monotonic() >= self._next_edit:
            self._next_edit = monotonic() + self._edit_interval
            stop = stop_keyboard(self._pending.prompt_id, self._pending.locale)
            async with self._line.within(self._chat, "edit", live=True):
                await self._line.bot.edit_message_text(shown, self._chat, int(message), reply_markup=stop)

    async def send(self, text: str, reply: Reply | None) -> str:
        self._drafts.drop(self._pending.prompt_id)
        shown = with_notice(text, reply, self._notice)
        try:
            return await self._send(shown, self._keyboard(reply))
        except PlaceClosed as refused:
            if reply is None or not isinstance(refused.__cause__, BadRequest):
                raise
        # Once more, plainly: a server may not know the newest kinds of buttons.
        self._quote = None
        return await self._send(shown, self._keyboard(reply, plain=True))

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        """A message that cannot be edited gives way to a new one: raises MessageGone."""
        shown = with_notice(text, reply, self._notice)
        try:
            async with self._line.within(self._chat, "edit"):
                await self._line.bot.edit_message_text(
                    shown, self._chat, int(message), reply_markup=self._keyboard(reply)
                )
        except (MessageGone, PlaceClosed) as refused:
            if not isinstance(refused.__cause__, BadRequest):
                raise
            with suppress(TelegramError):  # Else the placeholder would stand there for ever.
                await self._line.bot.delete_message(self._chat, int(message))
            raise MessageGone(str(refused)) from refused

    async def _draft(self, text: str) -> bool:
        return await self._drafts.show(self._pending.prompt_id, self._chat, self._thread, text)

    async def _send(self, text: str, markup: InlineKeyboardMarkup | None) -> str:
        quote = ReplyParameters(self._quote, allow_sending_without_reply=True) if self._quote else None
        chat = self._chat
        async with self._line.within(chat, "send"):
            message = await self._line.bot.send_message(
                chat, text, message_thread_id=self._thread, reply_parameters=quote, reply_markup=markup
            )
        self._quote = None
        return str(message.message_id)

    def _keyboard(self, reply: Reply | None, *, plain: bool = False) -> InlineKeyboardMarkup | None:
        return keyboard(reply, self._pending.locale, plain=plain) if reply else None
