"""One place on Telegram: send and edit the messages of an answer."""

from functools import partial
from time import monotonic

import structlog
from telegram import InlineKeyboardMarkup, ReplyParameters
from telegram.constants import MessageLimit
from telegram.error import BadRequest

from bots.messages import Pending, Reply
from bots.splitting import parts, utf16_length
from bots.surface import MessageGone, PlaceClosed
from bots.telegram_buttons import keyboard, plainer, stop_button
from bots.telegram_calling import concerns_the_message
from bots.telegram_desk import Desk
from bots.telegram_drafts import Drafts
from bots.telegram_translation import thread_of
from bots.texts import say

log = structlog.get_logger(__name__)


def with_mark(text: str, reply: Reply | None, notice: str = "") -> str:
    """The last part with the mark of its form and a notice below it. What must give way is the mark."""
    if reply is None:
        return text
    mark = f"— {reply.mark}" if reply.mark else ""
    for below in filter(None, ("\n".join(filter(None, (mark, notice))), notice, mark)):
        marked = f"{text}\n\n{below}"
        if utf16_length(marked) <= MessageLimit.MAX_TEXT_LENGTH:
            return marked
    return text


def message_parts(text: str, notice: str = "") -> list[str]:
    """The text in messages, each with room for the notice, which must not be lost to a text's length.

    Telegram refuses blank messages, so a blank part is left out and a blank text is a dash.
    """
    room = utf16_length(f"\n\n{notice}") if notice else 0
    pieces = parts(text, MessageLimit.MAX_TEXT_LENGTH - room, utf16_length)
    return [piece for piece in pieces if piece.strip()] or ["—"]


class TelegramSurface:
    """Where one prompt's answer is shown. The first message quotes the reader's, if that is wanted.

    In private chats the text grows as a draft; in groups, and where drafts are refused, in a message that
    is edited at most every `edit_interval` seconds.
    """

    def __init__(self, desk: Desk, pending: Pending, drafts: Drafts, edit_interval: float) -> None:
        self._desk = desk
        self._drafts = drafts
        self._prompt = pending.prompt_id
        self._edit_interval = edit_interval
        self._next_edit = 0.0
        self._place = pending.place
        self._thread = thread_of(pending.place)
        self._locale = pending.locale
        self._quote = int(pending.reply_to) if pending.reply_to and not pending.sent else None
        self._stop = stop_button(pending.prompt_id, pending.locale)
        self._notice = say(pending.locale, "ai-written") if desk.ai_notice else ""

    @property
    def _chat(self) -> str:
        return self._desk.moves.current(self._place.chat)

    def parts(self, text: str) -> list[str]:
        return message_parts(text, self._notice)

    async def hold(self, sentence: str) -> str:
        """A draft holds the place where drafts are taken; then no message does."""
        if not self._chat.startswith("-") and await self._draft(sentence):
            return ""
        return await self._send(sentence, self._stop)

    async def show(self, message: str, text: str) -> None:
        shown = self.parts(text)[0]
        if not message:
            await self._draft(shown)
        elif monotonic() >= self._next_edit:
            self._next_edit = monotonic() + self._edit_interval
            await self._edit(message, shown, self._stop, live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        self._drafts.end(self._prompt)
        return await self._send(with_mark(text, reply, self._notice), self._keyboard(reply))

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        """A message that Telegram does not let us change gives way to a new one: raises MessageGone."""
        try:
            await self._edit(message, with_mark(text, reply, self._notice), self._keyboard(reply))
        except (MessageGone, PlaceClosed) as refused:
            if not isinstance(refused.__cause__, BadRequest):
                raise
            # Else it would stand there as if it were still being written.
            self._desk.errands.start(self._place.chat, partial(self._delete, message))
            raise MessageGone(str(refused)) from refused

    async def _delete(self, message: str) -> None:
        async with self._desk.calling(self._chat, "edit"):
            await self._desk.bot.delete_message(self._chat, int(message))

    async def _draft(self, text: str) -> bool:
        return await self._drafts.show(self._prompt, self._chat, self._thread, text)

    async def _send(self, text: str, buttons: InlineKeyboardMarkup | None) -> str:
        try:
            return await self._post(text, buttons)
        except PlaceClosed as refused:
            if not concerns_the_message(refused):
                raise
            log.warning("sent again, plainer", prompt_id=self._prompt, why=str(refused))
        self._quote = None
        return await self._post(text, plainer(buttons))

    async def _post(self, text: str, buttons: InlineKeyboardMarkup | None) -> str:
        quote = ReplyParameters(self._quote, allow_sending_without_reply=True) if self._quote else None
        async with self._desk.calling(self._chat, "send"):
            message = await self._desk.bot.send_message(
                self._chat,
                text,
                message_thread_id=self._thread,
                reply_parameters=quote,
                reply_markup=buttons,
            )
        self._quote = None
        return str(message.message_id)

    async def _edit(
        self, message: str, text: str, buttons: InlineKeyboardMarkup | None, *, live: bool = False
    ) -> None:
        async with self._desk.calling(self._chat, "edit", live=live):
            await self._desk.bot.edit_message_text(text, self._chat, int(message), reply_markup=buttons)

    def _keyboard(self, reply: Reply | None) -> InlineKeyboardMarkup | None:
        return keyboard(reply, self._locale) if reply else None
