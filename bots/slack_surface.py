"""One place in Slack, as the courier sees it; Slack's errors become the courier's here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots.budget import Act, Budget, Call, OpenBudget, within
from bots.messages import Pending, Reply
from bots.slack_blocks import (
    Block,
    bare_parts,
    buttons,
    escape,
    fallback,
    parts,
    small_line,
    stop_button,
    text_blocks,
)
from bots.slack_calls import REFUSED_EDITS, call
from bots.slack_streams import Abilities, Recipient, Stream, begin, may_begin, stop
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from bots.texts import say

log = structlog.get_logger(__name__)

T = TypeVar("T")

# What a message without blocks, or a shorter one, may cure.
_MISLAID = {
    "invalid_arguments",
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}
_UNOBEYED: dict[str, Any] = {"parse": "none", "link_names": False}
Layout = Literal["native", "plain"]  # Whose thumbs.
Content = dict[str, Any]
Put = Callable[[Content], Awaitable[str]]  # Shows it in a message, whose id is returned.
_STREAMING = {"streaming_state_conflict", "message_in_streaming_state"}


class SlackSurface:
    """A thread, a channel or a direct message.

    `recipient` is the reader whom a stream is for; without one the text is shown by edits. `on_closed` is
    awaited when nothing can be sent there. `ai_notice` says under every piece who wrote it.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        pending: Pending,
        abilities: Abilities | None = None,
        *,
        recipient: Recipient | None = None,
        on_closed: Callable[[], Awaitable[object]] | None = None,
        ai_notice: bool = False,
        budget: Budget | None = None,
    ) -> None:
        self._client = client
        self._prompt_id = pending.prompt_id
        self._place = pending.place
        self._locale = pending.locale
        self._abilities = abilities or Abilities()
        self._recipient = recipient
        self._on_closed = on_closed
        self._ai_notice = ai_notice
        self._budget = budget or OpenBudget()
        self._stream: Stream | None = None
        self._takes_blocks = True
        self._pieces: dict[str, list[str]] = {}  # Messages by the text that is shown without blocks.

    def parts(self, text: str) -> list[str]:
        return parts(text) if self._takes_blocks else bare_parts(text)

    async def hold(self, sentence: str) -> str:
        async with self._within_reason(""):
            if self._recipient and may_begin(self._place, self._abilities):
                beginning = partial(
                    begin, self._client, self._place, self._recipient, sentence, self._abilities
                )
                self._stream = await self._called("send", beginning)
            return self._stream.ts if self._stream else await self._placeholder(sentence)

    async def show(self, message: str, text: str) -> None:
        if self._stream:
            if await self._called("stream", partial(self._stream.show, text), live=True):
                return
            await self._end_stream()
        await self._update(message, self._live(self.parts(text)[0]), live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        async with self._within_reason(""):
            return await self._laid_out(text, reply, self._post)

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        async def put(content: Content) -> str:
            await self._update(message, content)
            return message

        async with self._within_reason(message):
            await self._end_stream()
            try:
                await self._laid_out(text, reply, put)
            except MessageGone as gone:
                if str(gone) in REFUSED_EDITS:
                    await self._remove(message)
                raise

    @asynccontextmanager
    async def _within_reason(self, message: str) -> AsyncIterator[None]:
        """Give the answer up where Slack has refused it for too long. Raises PlaceClosed then."""
        try:
            yield
        except DeliveryFailed as failed:
            if not self._abilities.refusals.final(self._prompt_id, failed):
                raise
            log.error("Slack refuses an answer for good", prompt_id=self._prompt_id, reason=str(failed))
            await self._say_given_up(message)
            raise PlaceClosed(str(failed)) from failed

    async def _say_given_up(self, message: str) -> None:
        text = bare(say(self._locale, "slack-given-up", prompt=str(self._prompt_id)))  # No digit groups.
        try:
            if message:
                await self._update(message, text)
            else:
                await self._post(text)
        except (DeliveryFailed, MessageGone, PlaceClosed) as failed:
            log.warning("could not say that an answer is given up", reason=str(failed))

    async def _remove(self, message: str) -> None:
        """What cannot be edited would stand beside the answer that is sent anew."""
        try:
            await self._called(
                "edit", partial(self._client.chat_delete, channel=self._place.chat, ts=message)
            )
        except (DeliveryFailed, MessageGone, PlaceClosed) as failed:
            log.warning("could not remove a message", reason=str(failed))

    async def _end_stream(self) -> None:
        if self._stream:
            await self._called("stream", self._stream.stop)
            self._stream = None

    async def _placeholder(self, sentence: str) -> str:
        try:
            if self._takes_blocks:
                return await self._post(self._live(sentence))
        except DeliveryFailed as failed:
            if str(failed) not in _MISLAID:
                raise
            log.warning("Slack refuses a placeholder's layout", reason=str(failed))
        self._takes_blocks = False
        return await self._post(self._live(sentence))

    async def _laid_out(self, text: str, reply: Reply | None, put: Put) -> str:
        """With Slack's own thumbs, with plain buttons where it refuses them, else as nothing but text."""
        layouts: tuple[Layout, ...] = ("native", "plain") if self._abilities.thumbs else ("plain",)
        for layout in layouts if self._takes_blocks else ():
            try:
                message = await put(self._content(text, reply, layout))
            except DeliveryFailed as failed:
                if str(failed) not in _MISLAID:
                    raise
                log.warning("Slack refuses a layout", layout=layout, reason=str(failed))
            else:
                self._abilities.thumbs = layout == "native"  # If it was the thumbs: without them it is taken.
                return message
        return await self._in_pieces(text, put)

    async def _in_pieces(self, text: str, put: Put) -> str:
        """As nothing but text, in as many messages as its limit asks for. Returns the first."""
        shown = self._pieces.setdefault(text, [])  # An earlier try may have come to its middle.
        for piece in bare_parts(text)[len(shown) :]:
            step = self._post if shown else put
            shown.append(await step(bare(piece)))
        return self._pieces.pop(text)[0]

    async def _post(self, content: Content) -> str:
        posting = partial(
            self._client.chat_postMessage,
            channel=self._place.chat,
            thread_ts=self._place.thread or None,
            unfurl_links=False,
            unfurl_media=False,
            **content,
        )
        try:
            return str((await self._called("send", posting))["ts"])
        except PlaceClosed:
            if self._on_closed:
                await self._on_closed()
            raise

    async def _update(self, message: str, content: Content, *, live: bool = False) -> None:
        updating = partial(self._client.chat_update, channel=self._place.chat, ts=message, **content)
        try:
            await self._called("edit", updating, live=live)
        except DeliveryFailed as failed:
            if str(failed) not in _STREAMING:
                raise
            # Begun before a restart.
            await self._called("stream", partial(stop, self._client, self._place.chat, message))
            await self._called("edit", updating, live=live)

    async def _called(self, act: Act, method: Callable[[], Awaitable[T]], *, live: bool = False) -> T:
        async with within(self._budget, Call(self._place.chat, act, live, self._place.workspace)):
            return await call(method())

    def _live(self, text: str) -> Content:
        if not self._takes_blocks:
            return bare(text)
        return _with_blocks(text, [stop_button(self._prompt_id, self._locale)] if self._prompt_id else [])

    def _content(self, text: str, reply: Reply | None, layout: Layout) -> Content:
        under: list[Block] = []
        if reply and reply.mark:
            under.append(small_line(reply.mark))
        if reply and self._ai_notice:
            under.append(small_line(say(self._locale, "ai-written")))
        if reply:
            under += buttons(reply, self._locale, native=layout == "native")
        return _with_blocks(text, under)


def bare(text: str) -> Content:
    """A text that fits one message, without any blocks."""
    return _UNOBEYED | {"text": escape(text), "blocks": []}


def _with_blocks(text: str, under: list[Block]) -> Content:
    # Blocks always: an edit without them would leave the old ones standing.
    return _UNOBEYED | {"text": fallback(text), "blocks": [*text_blocks(text), *under]}
