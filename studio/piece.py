"""One piece on the page: while it is written, and when it is finished."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from nicegui import ui

from bots.messages import Failed, MessageRef, Reply, Sent, Snapshot
from feedback.database import DatabaseGone
from feedback.records import Answer
from studio.markup import box, form_title, words
from studio.parts import PLATFORM, Parts
from studio.verdict import Verdict
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

FOLLOW_AGAIN = 2.0  # Seconds until a feed that broke off is asked again.


class CopyButton(ui.element, component="static/copy_button.js"):
    def __init__(self, visitor: Visitor) -> None:
        super().__init__()
        self.props["label"] = visitor.text("studio-copy")
        self.props["done"] = visitor.text("studio-copied")


class Piece:
    def __init__(
        self,
        parts: Parts,
        visitor: Visitor,
        prompt_id: int,
        asked: str,
        again: Callable[["Piece"], Awaitable[None]],
    ) -> None:
        self.prompt_id = prompt_id
        self.asked = asked
        self.reply: Reply | None = None
        self.renew_again_key()
        self._parts = parts
        self._visitor = visitor
        self._again = again
        with box("article", "piece") as self.element:
            self._asked = words("h3", asked, "piece-asked")
            self._text = words("div", "", "piece-text")
            self._note = words("p", "", "note").props("role=status")
            self._foot = box("footer", "piece-foot")

    def wait(self, queued: bool = True) -> None:
        """Show that it is being written, or that it will be once the broker is back."""
        self.element.props["aria-busy"] = "true"
        self._note.text = self._visitor.text("writing" if queued else "waiting-for-broker")

    def finish(self, reply: Reply, value: float | None = None) -> None:
        """Show the whole text, and what can be done with it. `value` is the reader's own rating."""
        self.reply = reply
        self._settle("")
        self._text.text = reply.text
        self._foot.clear()  # A feed that breaks off at its very end tells it twice.
        with self._foot:
            Verdict(self._parts, self._visitor, reply.completion_id, value)
            with box("div", "acts"):
                again = words("button", self._visitor.text("button-again"), "quiet again").props(
                    "type=button"
                )
                again.on("click", lambda: self._again(self), args=[])
                CopyButton(self._visitor)
            seconds = f"{reply.total_ms / 1000:.1f}"
            form = form_title(self._visitor, reply.form)
            facts = {"form": form, "version": reply.model_version, "seconds": seconds}
            words("p", self._visitor.text("studio-facts", **facts), "facts")

    def renew_again_key(self) -> None:
        """One key until the new piece is there: a double click on "again" is one prompt."""
        self.again_key = str(uuid4())

    def say(self, sentence: str) -> None:
        self._note.text = sentence

    def fail(self, sentence: str) -> None:
        self._text.text = ""
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
                    self._text.text = text
                    self._note.text = ""
                case Reply():
                    await self._name(event)
                    self.finish(event)
                    await self.mark_shown()
                case Failed(reason=reason):
                    self.fail(self._visitor.text(reason, prompt=self.prompt_id))
                    await self.mark_shown()

    async def mark_shown(self) -> None:
        """Tell the inbox that nothing is left to deliver."""
        ref = MessageRef(PLATFORM, self._visitor.reader.user, str(self.prompt_id))
        completion_id = self.reply.completion_id if self.reply else None
        try:
            await asyncio.to_thread(
                self._parts.inbox.sent, Sent(self.prompt_id, ref, completion_id=completion_id, last=True)
            )
        except DatabaseGone:  # It stays pending, and the next visit says so again.
            log.warning("a shown piece could not be marked as delivered", prompt_id=self.prompt_id)

    async def _name(self, reply: Reply) -> None:
        """A piece followed again after a reload has no title yet: its theme is in the store."""
        if not self.asked:
            state = await asyncio.to_thread(self._parts.store.prompts.state, reply.prompt_id)
            self.asked = self._asked.text = state.answer.theme if state.answer else ""

    def _settle(self, note: str) -> None:
        self.element.props["aria-busy"] = "false"
        self._note.text = note


def reply_of(answer: Answer) -> Reply:
    """A kept answer, as it would have come from the feed."""
    return Reply(
        answer.prompt_id,
        answer.completion_id,
        answer.text,
        answer.form,
        answer.model_version,
        answer.seed,
        answer.tokens,
        answer.ttft_ms,
        answer.total_ms,
    )
