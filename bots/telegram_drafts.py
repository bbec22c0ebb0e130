"""Texts that private chats show while they are written: Telegram forgets each after thirty seconds."""

import asyncio
from dataclasses import dataclass, replace
from time import monotonic

import structlog
from telegram.error import Forbidden, InvalidToken

from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from bots.telegram_desk import Desk

log = structlog.get_logger(__name__)

REFRESH_AFTER = 16.0  # Seconds: looked for every quarter of it, so one that fails is tried again in time.
GIVE_UP_AFTER = 3600.0  # Seconds without news: whatever ends a prompt has ended it by then.


@dataclass(frozen=True, slots=True)
class _Draft:
    chat: str
    thread: int | None
    text: str
    news_at: float  # When the text last changed.
    shown_at: float = 0.0  # 0 until it is shown.


class Drafts:
    """The drafts of all private chats, kept visible until their text is sent."""

    def __init__(self, desk: Desk, *, refresh_after: float = REFRESH_AFTER) -> None:
        self._desk = desk
        self._refresh_after = refresh_after
        self._open: dict[int, _Draft] = {}
        self._known = True  # Until a server says that it has no such method.

    async def show(self, number: int, chat: str, thread: int | None, text: str) -> bool:
        """Show a draft, if there is room for it now. False if this chat takes none.

        Raises PlaceClosed when the reader has blocked the bot.
        """
        if not self._known:
            return False
        draft = self._open[number] = _Draft(chat, thread, text, monotonic())
        try:
            await self._send(number, draft)
        except DeliveryFailed as failed:
            refusal = failed.__cause__
            # So the library calls an unknown method, and a refused token, which may be so for a moment only.
            if isinstance(refusal, InvalidToken) and "not found" in str(refusal).lower():
                self._known = False
                self.end(number)
            return self._known  # Else it is left out: the next look shows it.
        except (MessageGone, PlaceClosed) as refused:
            self.end(number)
            if isinstance(refused.__cause__, Forbidden):
                raise
            log.info("a draft was refused", why=str(refused))
            return False
        return True

    def end(self, number: int) -> None:
        """The text is sent, or never will be."""
        self._open.pop(number, None)

    async def refresh_forever(self) -> None:
        """Show again what would soon be forgotten."""
        while True:
            await asyncio.sleep(self._refresh_after / 4)
            await asyncio.gather(*map(self._refresh, list(self._open)))

    async def _refresh(self, number: int) -> None:
        draft, now = self._open.get(number), monotonic()
        if draft is None:  # Its text was sent in the meantime.
            return
        if now - draft.news_at > GIVE_UP_AFTER:
            self.end(number)
        elif now - draft.shown_at >= self._refresh_after:
            try:
                await self._send(number, draft)
            except DeliveryFailed as failed:
                log.debug("a draft was not shown again", why=str(failed))
            except (MessageGone, PlaceClosed) as refused:
                log.info("a draft was refused", why=str(refused))
                self.end(number)
            except Exception as error:  # One draft's trouble must not cost all others their refreshing.
                log.exception("a draft was not shown again", error=type(error).__name__)

    async def _send(self, number: int, draft: _Draft) -> None:
        async with self._desk.calling(draft.chat, "draft", live=True):
            if number not in self._open:  # While the budget was asked: the text stands there already.
                return
            await self._desk.bot.send_message_draft(
                int(draft.chat), number, draft.text, message_thread_id=draft.thread
            )
        if self._open.get(number) is draft:  # Else it has ended, or there was news.
            self._open[number] = replace(draft, shown_at=monotonic())
