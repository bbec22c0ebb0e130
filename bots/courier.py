"""Bring a prompt's answer to its place: live text while it is written, then the whole text, exactly once."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, TypeVar

import structlog

from bots.claims import Claims
from bots.delivery_threads import in_delivery_thread
from bots.messages import Failed, Inbox, MessageRef, Pending, Reply, ReplyFeed, Sent, Snapshot, Variants
from bots.retrying import recording, retrying
from bots.surface import CutAnew, DeliveryFailed, MessageGone, PlaceClosed, Surface
from bots.texts import placeholder, say

log = structlog.get_logger(__name__)

T = TypeVar("T")

CLOSING_PATIENCE = 5.0  # Seconds for messages that are on their way when the courier closes.


@dataclass(frozen=True, slots=True)
class _Part:
    """What one message shows."""

    number: int
    text: str
    reply: Reply | None = None  # What it is a part of; None for a sentence of ours.
    buttons: bool = False  # The last part of a completion has them.
    last: bool = False  # Nothing comes after it.

    @property
    def rateable(self) -> Reply | None:
        return self.reply if self.buttons else None


class Courier:
    """Delivers the answers of one platform. Each process has one; what one delivers, no other does.

    `edit_interval` is the least time between live edits of one message, in seconds. `shown` hears of each
    message from which on it can be rated, `ended` of each prompt whose delivery here is over, whoever shows
    it now. `where` says how the platform names a message of an answer, if that is not by the chat in which it
    was asked for.
    """

    def __init__(
        self,
        inbox: Inbox,
        feed: ReplyFeed,
        surface: Callable[[Pending], Surface],
        *,
        edit_interval: float,
        shown: Callable[[MessageRef], None] | None = None,
        ended: Callable[[int], None] | None = None,
        where: Callable[[Pending, str], MessageRef] | None = None,
    ) -> None:
        self._inbox = inbox
        self._feed = feed
        self._surface = surface
        self._edit_interval = edit_interval
        self._shown = shown or (lambda _: None)
        self._ended = ended or (lambda _: None)
        self._where = where or _where_it_was_asked
        self._claims = Claims(feed)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._delivered: deque[int] = deque(maxlen=1000)  # A late `start` must not show these again.
        self._on_their_way: set[asyncio.Task[Any]] = set()

    def start(self, pending: Pending, sentence: str = "") -> None:
        """Deliver in the background, once: a prompt that is under way or delivered is left alone.

        `sentence` holds the answer's place until it is written.
        """
        if pending.prompt_id in self._under_way or pending.prompt_id in self._delivered:
            return
        sentence = sentence or placeholder(pending.locale)
        task = asyncio.create_task(self._deliver(pending, sentence), name=f"deliver {pending.prompt_id}")
        self._under_way[pending.prompt_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(pending.prompt_id, None))

    async def resume_forever(self, platform: str, every: float = 3.0, workspace: str = "") -> None:
        """Pick up what a crash, a restart, a failed delivery or another process left behind, every so many
        seconds, and keep what is under way from other processes. Of one workspace, if one is given."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._claims.renew_forever(self._under_way))
            while True:
                for pending in await self._claims.left_behind(platform, workspace):
                    self.start(pending)
                await asyncio.sleep(every)

    async def close(self) -> None:
        """Stop what is under way; it is picked up at the next start, or by another process."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._on_their_way:
            _, late = await asyncio.wait(self._on_their_way, timeout=CLOSING_PATIENCE)
            for step in late:
                step.cancel()
        await self._claims.let_go()

    async def _deliver(self, pending: Pending, sentence: str) -> None:
        try:
            try:
                await self._follow(pending, sentence)
            except PlaceClosed as closed:
                log.warning("place is closed", prompt_id=pending.prompt_id, reason=str(closed))
                await in_delivery_thread(self._inbox.undeliverable, pending.prompt_id, str(closed))
        except Exception:  # It stays pending and is tried again.
            log.exception("delivery failed", prompt_id=pending.prompt_id, platform=pending.place.platform)
        finally:
            self._ended(pending.prompt_id)

    async def _follow(self, pending: Pending, sentence: str) -> None:
        surface = self._surface(pending)
        if not pending.sent:
            message = await self._hold(surface, pending, sentence)
            pending = replace(pending, sent=(message,) if message else ())
        if await self._claims.anothers(pending.prompt_id):
            return
        next_edit = 0.0
        async for event in self._feed.follow(pending.prompt_id):
            # We may have been silent for long: then the end is told by whoever took over.
            if not isinstance(event, Snapshot) and await self._claims.anothers(pending.prompt_id):
                return
            match event:
                case Snapshot(text=text) if text.strip() and monotonic() >= next_edit:
                    pause = await self._show(surface, pending, text)
                    next_edit = monotonic() + pause
                case Reply():
                    await self._finish(surface, pending, [event])
                case Variants(replies=replies):
                    await self._finish(surface, pending, replies)
                case Failed(reason=reason):
                    sentence = say(pending.locale, reason, prompt=str(pending.prompt_id))  # No digit groups.
                    await self._put(surface, pending, _Part(0, sentence, last=True))
                case _:
                    continue

    async def _show(self, surface: Surface, pending: Pending, text: str) -> float:
        """Show the text so far, or let it be. Returns the seconds until the next may be shown."""
        try:
            await surface.show(pending.sent[0] if pending.sent else "", text)
        except DeliveryFailed as failed:
            return failed.retry_after or self._edit_interval
        except (MessageGone, PlaceClosed) as gone:  # The whole text will find out for itself.
            log.debug("a live edit was dropped", prompt_id=pending.prompt_id, reason=str(gone))
        return self._edit_interval

    async def _finish(self, surface: Surface, pending: Pending, replies: Sequence[Reply]) -> None:
        """Show every text whole. The parts of variants are counted through: a crash loses none of them."""
        number = 0
        for reply in replies:
            texts = deque(surface.parts(reply.text))
            while texts:
                text = texts.popleft()
                part = _Part(number, text, reply, not texts, not texts and reply is replies[-1])
                try:
                    await self._put(surface, pending, part)
                    number += 1
                except CutAnew:
                    texts.extendleft(reversed(surface.parts(text)))

    async def _put(self, surface: Surface, pending: Pending, part: "_Part") -> None:
        """Show one part: in the message that it has already, or in a new one."""
        if part.number >= len(pending.sent):
            await self._send(surface, pending, part)
            return
        message = pending.sent[part.number]

        async def edit() -> None:
            await surface.edit(message, part.text, part.rateable)
            await self._record(pending, part, message)

        try:
            await self._whole(edit)
        except MessageGone:
            await self._send(surface, pending, part)

    async def _hold(self, surface: Surface, pending: Pending, sentence: str) -> str:
        async def hold() -> str:
            if message := await surface.hold(sentence):
                await self._record(pending, _Part(0, sentence), message)
            return message

        return await self._whole(hold)

    async def _send(self, surface: Surface, pending: Pending, part: "_Part") -> str:
        async def send() -> str:
            message = await surface.send(part.text, part.rateable)
            await self._record(pending, part, message)
            return message

        return await self._whole(send)

    async def _record(self, pending: Pending, part: "_Part", message: str) -> None:
        ref = self._where(pending, message)
        completion_id = part.reply.completion_id if part.reply else None
        sent = Sent(pending.prompt_id, ref, part.number, completion_id, part.last)

        async def record() -> None:
            await in_delivery_thread(self._inbox.sent, sent)

        # Whatever the database's trouble: the message is out, and what is not recorded is sent again.
        await recording(record)
        if completion_id is not None:
            self._shown(ref)
        if part.last:
            self._delivered.append(pending.prompt_id)

    async def _whole(self, step: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Try until it is sent and recorded. A stop between the two would show the message twice."""

        async def shielded() -> T:
            task = asyncio.create_task(step())
            self._on_their_way.add(task)
            task.add_done_callback(self._arrived)
            return await asyncio.shield(task)

        return await retrying(shielded, DeliveryFailed)

    def _arrived(self, step: asyncio.Task[Any]) -> None:
        self._on_their_way.discard(step)
        if not step.cancelled():
            step.exception()  # Asked for here, as nobody else may be waiting for it any more.


def _where_it_was_asked(pending: Pending, message: str) -> MessageRef:
    return MessageRef(pending.place.platform, pending.place.chat, message)
