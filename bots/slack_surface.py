"""One place in Slack, as the courier sees it; Slack's errors become the courier's here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots.budget import Act, Budget, Call, OpenBudget, within
from bots.messages import Pending, Reply
from bots.slack_blocks import bare_parts, parts
from bots.slack_calls import NOT_THERE, call, passing
from bots.slack_layouts import Content, bare, laid_out, layouts, live
from bots.slack_sign_in import BAD_TOKEN
from bots.slack_streams import Abilities, Recipient, Stream, begin, may_begin, stop
from bots.surface import CutAnew, DeliveryFailed, MessageGone, PlaceClosed
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
_EDITS = 3  # Tries before a message that cannot be edited gives way to a new one.
_SHORT = {"spare", "bare"}  # Layouts that hold no more than a text without blocks.
Put = Callable[[Content], Awaitable[str]]  # Shows it in a message, whose id is returned.
_TROUBLE = (DeliveryFailed, MessageGone, PlaceClosed)
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
        self._refused_edits = 0

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
        await self._update(message, self._growing(self.parts(text)[0]), live=True)

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
            except (DeliveryFailed, MessageGone) as refused:
                if not self._cannot_be_edited(refused):
                    raise
                if str(refused) != NOT_THERE:
                    await self._remove(message)
                raise MessageGone(str(refused)) from refused

    def _cannot_be_edited(self, refused: DeliveryFailed | MessageGone) -> bool:
        """Whether a new message is the better way: Slack has many names for a refused edit."""
        if isinstance(refused, MessageGone):
            return True
        if passing(refused) or str(refused) in BAD_TOKEN:
            return False
        self._refused_edits += 1
        return self._refused_edits >= _EDITS

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
        """In the message that holds the answer's place, or where that is refused too, in a new one."""
        text = bare(say(self._locale, "slack-given-up", prompt=str(self._prompt_id)))  # No digit groups.
        try:
            if message:
                await self._update(message, text)
                return
        except _TROUBLE as refused:
            log.info("a message cannot be edited", reason=str(refused))
            await self._remove(message)
        try:
            await self._post(text)
        except _TROUBLE as failed:
            log.warning("could not say that an answer is given up", reason=str(failed))

    async def _remove(self, message: str) -> None:
        """What cannot be edited would stand beside the answer that is sent anew."""
        try:
            await self._called(
                "edit", partial(self._client.chat_delete, channel=self._place.chat, ts=message)
            )
        except _TROUBLE as failed:
            log.warning("could not remove a message", reason=str(failed))

    async def _end_stream(self) -> None:
        if self._stream:
            await self._called("stream", self._stream.stop)
            self._stream = None

    async def _placeholder(self, sentence: str) -> str:
        try:
            if self._takes_blocks:
                return await self._post(self._growing(sentence))
        except DeliveryFailed as failed:
            if str(failed) not in _MISLAID:
                raise
            log.warning("Slack refuses a placeholder's layout", reason=str(failed))
        self._takes_blocks = False
        return await self._post(self._growing(sentence))

    async def _laid_out(self, text: str, reply: Reply | None, put: Put) -> str:
        """In the richest layout that Slack takes. Raises CutAnew where that is text in shorter messages."""
        for layout in layouts(reply, takes_blocks=self._takes_blocks, thumbs=self._abilities.thumbs):
            if layout in _SHORT and len(bare_parts(text)) > 1:
                break
            try:
                message = await put(laid_out(text, reply, layout, self._locale, ai_notice=self._ai_notice))
            except DeliveryFailed as failed:
                if str(failed) not in _MISLAID or layout == "bare":
                    raise
                log.warning("Slack refuses a layout", layout=layout, reason=str(failed))
            else:
                if reply and layout == "plain":
                    self._abilities.thumbs = False  # If it was the thumbs: without them it is taken.
                return message
        self._takes_blocks = False
        raise CutAnew

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

    def _growing(self, text: str) -> Content:
        return live(text, self._prompt_id, self._locale) if self._takes_blocks else bare(text)
