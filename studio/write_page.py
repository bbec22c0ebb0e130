"""The page on which a reader asks, reads and rates."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog
from nicegui import Client, background_tasks, ui

from bots.messages import Incoming, Pending, Refused, Reply
from feedback.database import DatabaseGone
from studio.composer import Composer, Draft
from studio.frame import frame
from studio.markup import box, words
from studio.parts import PLATFORM, Parts
from studio.piece import Piece
from studio.recent import RECENT, Held, RecentPiece, recent_pieces, title_of
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

EXAMPLES = ("studio-example-1", "studio-example-2", "studio-example-3")


class WritePage:
    """One open page of one reader."""

    def __init__(self, parts: Parts, visitor: Visitor, client: Client) -> None:
        self._parts = parts
        self._visitor = visitor
        self._client = client
        self._pieces: dict[int, Piece] = {}
        self._oldest: int | None = None
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
            self._older = words("button", self._visitor.text("studio-older"), "act older").props(
                "type=button"
            )
            self._older.on("click", self._show_older, args=[])
            self._older.set_visibility(False)
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

    def _recent(self) -> tuple[list[RecentPiece], Held]:
        return recent_pieces(self._parts.store, self._visitor)

    def _pending(self) -> Sequence[Pending]:
        mine = self._visitor.reader.user
        return [pending for pending in self._parts.feed.pending(PLATFORM) if pending.place.chat == mine]

    def _restore(self, recent: tuple[list[RecentPiece], Held], pending: Sequence[Pending]) -> None:
        """What the reader had on the page before: finished pieces, and those still being written."""
        pieces, held = recent
        for piece in pieces:
            self._place(piece.prompt_id, piece.title).finish(piece.replies, held)
        self._remember_oldest(pieces)
        unshown = [prompt.prompt_id for prompt in pending]
        for prompt in pending:
            if prompt.prompt_id not in self._pieces:
                title = title_of(self._visitor, prompt.theme, prompt.kind, prompt.instruction)
                self._place(prompt.prompt_id, title).wait()

        def once_seen() -> None:  # Not before: a page that no browser opened has shown nothing.
            while unshown:
                piece = self._pieces[unshown.pop()]
                self._run(piece.mark_shown() if piece.replies else piece.follow())

        self._client.on_connect(once_seen)

    def _remember_oldest(self, pieces: Sequence[RecentPiece]) -> None:
        texts = [reply.completion_id for piece in pieces for reply in piece.replies]
        self._oldest = min(texts, default=None)
        self._older.set_visibility(len(texts) == RECENT)

    async def _show_older(self) -> None:
        """What came before the oldest on the page, below it."""
        try:
            found, held = await asyncio.to_thread(
                recent_pieces, self._parts.store, self._visitor, self._oldest
            )
        except DatabaseGone:
            self._apologise()
            return
        for piece in reversed(found):
            if piece.prompt_id not in self._pieces:
                self._place(piece.prompt_id, piece.title, last=True).finish(piece.replies, held)
        self._remember_oldest(found)

    def _place(self, prompt_id: int, asked: str, *, last: bool = False) -> Piece:
        """Put a piece on top, or below all others."""
        with self._shelf:
            piece = Piece(self._parts, self._visitor, prompt_id, asked, self._more, self._change)
        if not last:
            piece.element.move(self._shelf, target_index=0)
        self._pieces[prompt_id] = piece
        self._empty.set_visibility(False)
        return piece

    async def _send(self, draft: Draft) -> None:
        answered = self._completion(draft.answers)
        before = answered or self._newest()
        incoming = replace(
            self._incoming(draft.key, draft.text),
            form=draft.form,
            follow_up_of=before,
            answers=answered is not None,
        )
        if refusal := await self._ask(incoming, draft.text):
            self._composer.refused(refusal)
        else:
            self._composer.accepted(draft.key)

    async def _more(self, piece: Piece, reply: Reply, count: int) -> None:
        """Others on the same prompt."""
        key = f"{piece.again_key}:{reply.completion_id}:{count}"
        wish = replace(self._incoming(key, ""), again_of=reply.completion_id, variants=count)
        piece.say(await self._ask(wish, piece.asked, piece))

    def _change(self, piece: Piece, reply: Reply) -> None:
        self._composer.change(reply.completion_id, self._visitor.text("studio-changing", title=piece.asked))

    def _incoming(self, key: str, text: str) -> Incoming:
        reader = self._visitor.reader
        return Incoming(f"{PLATFORM}:{reader.user}:{key}", self._visitor.place, reader, text)

    def _completion(self, wanted: int | None) -> int | None:
        """A completion on this page: a browser may name any, and others are not this reader's."""
        shown = (reply.completion_id for piece in self._pieces.values() for reply in piece.replies)
        return next((completion_id for completion_id in shown if completion_id == wanted), None)

    def _newest(self) -> int | None:
        """What the next text may be about."""
        finished = [piece for piece in self._pieces.values() if piece.meant]
        newest = max(finished, key=lambda piece: piece.prompt_id, default=None)
        return newest.meant.completion_id if newest and newest.meant else None

    async def _ask(self, incoming: Incoming, title: str, parent: Piece | None = None) -> str:
        """Ask, and follow what is written. Returns why it was refused; nothing if it was not."""
        try:
            accepted = await asyncio.to_thread(self._parts.inbox.ask, incoming)
        except Refused as refused:
            return self._visitor.text(refused.reason, **refused.facts)
        except DatabaseGone as error:
            log.warning("a prompt could not be kept", error=str(error))
            return self._visitor.text("service-down")
        if accepted.prompt_id not in self._pieces:
            piece = self._place(accepted.prompt_id, title)
            piece.wait(accepted.queued, accepted.place)
            self._run(self._follow(piece, parent))
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
