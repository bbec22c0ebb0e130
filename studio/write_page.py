"""The page on which a reader asks, reads and rates."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog
from nicegui import Client, background_tasks, ui

from bots.messages import Incoming, Pending, Refused
from feedback.database import DatabaseGone
from feedback.records import Answer
from studio.composer import Composer, Draft
from studio.frame import frame
from studio.markup import box, words
from studio.parts import PLATFORM, Parts
from studio.piece import Piece, reply_of
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

RECENT = 30  # Pieces shown below the box.
EXAMPLES = ("studio-example-1", "studio-example-2", "studio-example-3")


class WritePage:
    """One open page of one reader."""

    def __init__(self, parts: Parts, visitor: Visitor, client: Client) -> None:
        self._parts = parts
        self._visitor = visitor
        self._client = client
        self._pieces: dict[int, Piece] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        client.on_delete(self._leave)

    async def build(self) -> None:
        try:
            before = await asyncio.gather(asyncio.to_thread(self._recent), asyncio.to_thread(self._pending))
        except DatabaseGone as error:
            log.warning("the page could not be filled", error=str(error))
            before = None
        with frame(self._visitor, "write"):
            self._composer = Composer(self._visitor, list(self._parts.forms), self._send)
            words("h2", self._visitor.text("studio-pieces"), "unseen")
            self._empty = self._build_examples()
            self._shelf = box("div", "shelf")
        self._client.on_exception(self._apologise)
        if before is not None:
            self._restore(*before)
        else:
            self._apologise()

    def _apologise(self) -> None:
        self._composer.refused(self._visitor.text("service-down"))

    def _build_examples(self) -> ui.element:
        with box("div", "examples") as examples:
            words("p", self._visitor.text("studio-empty"))
            for key in EXAMPLES:
                example = self._visitor.text(key)
                button = words("button", example, "example").props("type=button")
                button.on("click", lambda text=example: self._composer.fill(text), args=[])
        return examples

    def _recent(self) -> Sequence[tuple[Answer, float | None]]:
        return self._parts.store.statistics.recent(PLATFORM, "", self._visitor.reader.user, RECENT)

    def _pending(self) -> Sequence[Pending]:
        mine = self._visitor.reader.user
        return [pending for pending in self._parts.feed.pending(PLATFORM) if pending.place.chat == mine]

    def _restore(self, recent: Sequence[tuple[Answer, float | None]], pending: Sequence[Pending]) -> None:
        """What the reader had on the page before: finished pieces, and those still being written."""
        for answer, value in reversed(recent):
            self._place(answer.prompt_id, answer.theme).finish(reply_of(answer), value)
        unshown = [prompt.prompt_id for prompt in pending]
        for prompt_id in unshown:
            if prompt_id not in self._pieces:
                self._place(prompt_id, "").wait()

        def once_seen() -> None:  # Not before: a page that no browser opened has shown nothing.
            while unshown:
                piece = self._pieces[unshown.pop()]
                self._run(piece.mark_shown() if piece.reply else piece.follow())

        self._client.on_connect(once_seen)

    def _place(self, prompt_id: int, asked: str) -> Piece:
        """Put a piece on top."""
        with self._shelf:
            piece = Piece(self._parts, self._visitor, prompt_id, asked, self._again)
        piece.element.move(self._shelf, target_index=0)
        self._pieces[prompt_id] = piece
        self._empty.set_visibility(False)
        return piece

    async def _send(self, draft: Draft) -> None:
        if refusal := await self._ask(draft.key, draft.text, draft.form):
            self._composer.refused(refusal)
        else:
            self._composer.accepted(draft.key)

    async def _again(self, piece: Piece) -> None:
        if piece.reply is not None:
            piece.say(await self._ask(piece.again_key, piece.asked, piece.reply.form, piece))

    async def _ask(self, key: str, text: str, form: str | None, again: Piece | None = None) -> str:
        """Ask, and follow what is written. Returns why it was refused; nothing if it was not."""
        reader = self._visitor.reader
        again_of = again.reply.completion_id if again and again.reply else None
        key = f"{PLATFORM}:{reader.user}:{key}"
        incoming = Incoming(key, self._visitor.place, reader, text, form, again_of=again_of)
        try:
            accepted = await asyncio.to_thread(self._parts.inbox.ask, incoming)
        except Refused as refused:
            return self._visitor.text(refused.reason, **refused.facts)
        except DatabaseGone as error:
            log.warning("a prompt could not be kept", error=str(error))
            return self._visitor.text("service-down")
        if accepted.prompt_id not in self._pieces:
            piece = self._place(accepted.prompt_id, text)
            piece.wait(accepted.queued)
            self._run(self._follow(piece, again))
        return ""

    async def _follow(self, piece: Piece, parent: Piece | None) -> None:
        await piece.follow()
        if parent:
            parent.renew_again_key()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = background_tasks.create(work, name="studio piece")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _leave(self) -> None:
        for task in self._under_way:
            task.cancel()
