"""Bring a prompt's answer to its place: live text while it is written, then the whole text, exactly once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from time import monotonic
from typing import Any, Protocol, TypeVar

import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from bots.messages import Failed, Inbox, MessageRef, Pending, Reply, ReplyFeed, Sent, Snapshot
from bots.texts import say

log = structlog.get_logger(__name__)

T = TypeVar("T")

ATTEMPTS = 6  # With the pauses below, about 15 s; then the next look for pending prompts tries again.
_BACK_OFF = wait_exponential(multiplier=0.5, max=20) + wait_random(0, 1)
CLOSING_PATIENCE = 5.0  # Seconds for messages that are on their way when the courier closes.


class DeliveryFailed(Exception):
    """Raised by a surface when the platform did not take a message; worth another try.

    `retry_after`: seconds that the platform asks to be left alone, 0 if it does not say.
    """

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class MessageGone(Exception):
    """Raised by a surface when the message to edit no longer exists."""


class PlaceClosed(Exception):
    """Raised by a surface when nothing can be sent to this place any more."""


class Surface(Protocol):
    """One place on a platform, as the courier sees it. Made anew for each prompt."""

    def parts(self, text: str) -> list[str]:
        """The text in messages that the platform takes whole."""

    async def send(self, text: str, reply: Reply | None) -> str:
        """Send a new message, with rating buttons if `reply` is given. Returns its id."""

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        """Change a message. The same text twice is no error. Raises MessageGone."""


class Courier:
    """Delivers the answers of one platform. One courier per platform at a time.

    `edit_interval` is the least time between live edits of one message, in seconds.
    """

    def __init__(
        self,
        inbox: Inbox,
        feed: ReplyFeed,
        surface: Callable[[Pending], Surface],
        *,
        edit_interval: float,
    ) -> None:
        self._inbox = inbox
        self._feed = feed
        self._surface = surface
        self._edit_interval = edit_interval
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._delivered: deque[int] = deque(maxlen=1000)  # A late `start` must not show these again.
        self._on_their_way: set[asyncio.Task[Any]] = set()

    def start(self, pending: Pending, placeholder: str = "writing") -> None:
        """Deliver in the background, once: a prompt that is under way or delivered is left alone.

        `placeholder` is the key of the sentence that holds the answer's place until it is written.
        """
        if pending.prompt_id in self._under_way or pending.prompt_id in self._delivered:
            return
        task = asyncio.create_task(self._deliver(pending, placeholder), name=f"deliver {pending.prompt_id}")
        self._under_way[pending.prompt_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(pending.prompt_id, None))

    async def resume_forever(self, platform: str, every: float = 15.0) -> None:
        """Pick up what a crash, a restart or a failed delivery left behind, every so many seconds."""
        while True:
            # What ends while we look is listed with outdated messages: leave it for the next look.
            busy = set(self._under_way)
            try:
                for pending in await asyncio.to_thread(self._feed.pending, platform):
                    if pending.prompt_id not in busy:
                        self.start(pending)
            except Exception:  # The loop must outlive a database or broker that is away.
                log.exception("could not look for undelivered answers", platform=platform)
            await asyncio.sleep(every)

    async def close(self) -> None:
        """Stop what is under way; it is picked up at the next start."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._on_their_way:
            _, late = await asyncio.wait(self._on_their_way, timeout=CLOSING_PATIENCE)
            for step in late:
                step.cancel()

    async def _deliver(self, pending: Pending, placeholder: str) -> None:
        try:
            try:
                await self._follow(pending, placeholder)
            except PlaceClosed as closed:
                log.warning("place is closed", prompt_id=pending.prompt_id, reason=str(closed))
                await asyncio.to_thread(self._inbox.undeliverable, pending.prompt_id, str(closed))
        except Exception:  # It stays pending and is tried again.
            log.exception("delivery failed", prompt_id=pending.prompt_id, platform=pending.place.platform)

    async def _follow(self, pending: Pending, placeholder: str) -> None:
        surface = self._surface(pending)
        if not pending.sent:
            message = await self._send(
                surface, pending, 0, say(pending.locale, placeholder), None, last=False
            )
            pending = replace(pending, sent=(message,))
        next_edit = 0.0
        async for event in self._feed.follow(pending.prompt_id):
            match event:
                case Snapshot(text=text) if text.strip() and monotonic() >= next_edit:
                    pause = await self._show(surface, pending, text)
                    next_edit = monotonic() + pause
                case Reply():
                    await self._finish(surface, pending, event)
                case Failed(reason=reason):
                    sentence = say(pending.locale, reason, prompt=str(pending.prompt_id))  # No digit groups.
                    await self._put(surface, pending, 0, sentence, None, last=True)
                case _:
                    continue

    async def _show(self, surface: Surface, pending: Pending, text: str) -> float:
        """Show the text so far, or let it be. Returns the seconds until the next may be shown."""
        try:
            await surface.edit(pending.sent[0], surface.parts(text)[0], None)
        except DeliveryFailed as failed:
            return max(self._edit_interval, failed.retry_after)
        except (MessageGone, PlaceClosed) as gone:  # The whole text will find out for itself.
            log.debug("a live edit was dropped", prompt_id=pending.prompt_id, reason=str(gone))
        return self._edit_interval

    async def _finish(self, surface: Surface, pending: Pending, reply: Reply) -> None:
        texts = surface.parts(reply.text)
        for part, text in enumerate(texts):
            await self._put(surface, pending, part, text, reply, last=part == len(texts) - 1)

    async def _put(
        self, surface: Surface, pending: Pending, part: int, text: str, reply: Reply | None, *, last: bool
    ) -> None:
        """Show one part: in the message that it has already, or in a new one."""
        if part >= len(pending.sent):
            await self._send(surface, pending, part, text, reply, last=last)
            return

        async def edit() -> None:
            await surface.edit(pending.sent[part], text, reply if last else None)
            await self._record(pending, part, pending.sent[part], reply, last=last)

        try:
            await self._whole(edit)
        except MessageGone:
            await self._send(surface, pending, part, text, reply, last=last)

    async def _send(
        self, surface: Surface, pending: Pending, part: int, text: str, reply: Reply | None, *, last: bool
    ) -> str:
        async def send() -> str:
            message = await surface.send(text, reply if last else None)
            await self._record(pending, part, message, reply, last=last)
            return message

        return await self._whole(send)

    async def _record(
        self, pending: Pending, part: int, message: str, reply: Reply | None, *, last: bool
    ) -> None:
        ref = MessageRef(pending.place.platform, pending.place.chat, message)
        sent = Sent(pending.prompt_id, ref, part, reply.completion_id if reply else None, last)

        async def record() -> None:
            await asyncio.to_thread(self._inbox.sent, sent)

        await retrying(record, Exception)  # Whatever the database's trouble: the message is out.
        if last:
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


def _pause(state: RetryCallState) -> float:
    """Exponential with jitter, and never less than the platform asks for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, DeliveryFailed) else 0.0
    return max(asked, _BACK_OFF(state))


async def retrying(step: Callable[[], Awaitable[T]], on: type[Exception]) -> T:
    """Repeat a step that may fail for a while. Raises its last error."""
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(on), wait=_pause, stop=stop_after_attempt(ATTEMPTS), reraise=True
    )

    async def attempt() -> T:  # tenacity would not await what a lambda returns.
        return await step()

    return await attempts(attempt)
