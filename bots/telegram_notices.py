"""Notices in a Telegram chat."""

from telegram import ReplyParameters

from bots.notices import Notice
from bots.telegram_desk import Desk


class TelegramChannel:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def post(self, notice: Notice, text: str) -> str:
        chat = self._desk.moves.current(notice.place.chat)
        async with self._desk.calling(chat, "send"):  # No parse mode: nothing in the text is obeyed.
            return str((await self._desk.bot.send_message(chat, text)).message_id)

    async def illustrate(self, notice: Notice, title: str) -> None:
        chat = self._desk.moves.current(notice.place.chat)
        below = ReplyParameters(int(notice.posted), allow_sending_without_reply=True)
        async with self._desk.calling(chat, "send"):
            await self._desk.bot.send_photo(chat, notice.picture, caption=title, reply_parameters=below)
