"""One piece on the page: while it is written, and when it is finished, as one text or as variants."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

import structlog

from bots.messages import Failed, MessageRef, Reply, Sent, Snapshot, Variants
from bots.texts import placeholder
from feedback.database import DatabaseGone
from studio.markup import box, words
from studio.parts import PLATFORM, Parts
from studio.recent import Held
from studio.shown_text import ShownText, Wishes
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

FOLLOW_AGAIN = 2.0  # Seconds until a feed that broke off is asked again.


class Piece:
    """`more` asks for others on the prompt of one of its texts, `change` prepares to change that text."""

    def __init__(
        self,
        parts: Parts,
        visitor: Visitor,
        prompt_id: int,
        asked: str,
        more: Callable[["Piece", Reply, int], Awaitable[None]],
        change: Callable[["Piece", Reply], None],
    ) -> None:
        self.prompt_id = prompt_id
        self.asked = asked
        self.replies: tuple[Reply, ...] = ()
        self.meant: Reply | None = None  # What "shorter" is said of: the chosen one, else the last.
        self.renew_again_key()
        self._parts = parts
        self._visitor = visitor
        self._wishes = Wishes(
            more=lambda reply, count: more(self, reply, count),
            change=lambda reply: change(self, reply),
            choose=self._mark,
        )
        with box("article", "piece") as self.element:
            words("h3", asked, "piece-asked")
            self._body = box("div", "texts")
            with self._body:
                self._texts = [ShownText(parts, visitor, asked, self._wishes)]
            self._note = words("p", "", "note").props("role=status")

    def wait(self, queued: bool = True, place: int = 0) -> None:
        """Show that it is being written, or what it waits for."""
        self.element.props["aria-busy"] = "true"
        self._note.text = placeholder(self._visitor.reader.locale, queued=queued, place=place)

    def finish(self, replies: Sequence[Reply], held: Held | None = None) -> None:
        """Show the whole text or all variants, and what can be done with them."""
        held = held or Held()
        self.replies = tuple(replies)
        self._settle("")
        with self._body:
            while len(self._texts) < len(replies):
                self._texts.append(ShownText(self._parts, self._visitor, self.asked, self._wishes))
        for shown, reply in zip(self._texts, replies, strict=True):
            shown.finish(reply, held.values.get(reply.completion_id))
        self._mark(next((r for r in replies if r.completion_id in held.chosen), None))

    def renew_again_key(self) -> None:
        """One key until the new piece is there: a double click on "again" is one prompt."""
        self.again_key = str(uuid4())

    def say(self, sentence: str) -> None:
        self._note.text = sentence

    def fail(self, sentence: str) -> None:
        self._texts[0].show("")
        self._settle(sentence)

    async def follow(self) -> None:
        """Show the text as it is written, then the answer. Outlives a feed that breaks off."""
        while True:
            try:
                await self._follow_once()
            except Exception:  # The page must outlive a database or broker that is away.
                log.exception("a piece cannot be followed", prompt_id=self.prompt_id)
                self._note.text = self._visitor.text("waiting-for-broker")
                await asyncio.sleep(FOLLOW_AGAIN)
            else:
                return

    async def _follow_once(self) -> None:
        async for event in self._parts.feed.follow(self.prompt_id):
            match event:
                case Snapshot(text=text):
                    self._texts[0].show(text)
                    self._note.text = ""
                case Reply():
                    await self._show([event])
                case Variants(replies=replies):
                    await self._show(replies)
                case Failed(reason=reason):
                    self.fail(self._visitor.text(reason, prompt=self.prompt_id))
                    await self.mark_shown()

    async def _show(self, replies: Sequence[Reply]) -> None:
        self.finish(replies)
        await self.mark_shown()

    async def mark_shown(self) -> None:
        """Tell the inbox what is shown, and that nothing is left to deliver."""
        try:
            await asyncio.to_thread(self._record)
        except DatabaseGone:  # It stays pending, and the next visit says so again.
            log.warning("a shown piece could not be marked as delivered", prompt_id=self.prompt_id)

    def _record(self) -> None:
        shown: list[int | None] = [reply.completion_id for reply in self.replies]
        shown = shown or [None]
        for part, completion_id in enumerate(shown):
            message = f"{self.prompt_id}.{part}" if part else str(self.prompt_id)
            ref = MessageRef(PLATFORM, self._visitor.reader.user, message)
            last = part == len(shown) - 1
            self._parts.inbox.sent(Sent(self.prompt_id, ref, part, completion_id, last))

    def _mark(self, chosen: Reply | None) -> None:
        self.meant = chosen or self.replies[-1]
        for shown, reply in zip(self._texts, self.replies, strict=True):
            shown.mark(reply is chosen)

    def _settle(self, note: str) -> None:
        self.element.props["aria-busy"] = "false"
        self._note.text = note
