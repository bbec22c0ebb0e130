"""One place in Slack, as the courier sees it; Slack's errors become the courier's here."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bots.budget import Act, Budget, Call, OpenBudget, within
from bots.messages import Pending, Reply
from bots.slack_blocks import Block, buttons, escape, fallback, parts, small_line, stop_button, text_blocks
from bots.slack_streams import Abilities, Recipient, Stream, begin, code, stop
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from bots.texts import say

log = structlog.get_logger(__name__)

T = TypeVar("T")

_REFUSED_EDITS = {"cant_update_message", "edit_window_closed"}
_GONE = {"message_not_found", *_REFUSED_EDITS}
_PASSING = {
    "fatal_error",
    "internal_error",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
_CLOSED = {
    "cannot_dm_bot",
    "channel_is_limited_access",
    "ekm_access_denied",
    "posting_to_general_channel_denied",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "team_access_not_granted",
    "user_disabled",
    "user_is_bot",
    "cannot_reply_to_message",
    "channel_not_found",
    "is_archived",
    "messages_tab_disabled",
    "no_permission",
    "not_in_channel",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "thread_not_found",
}

_MISLAID = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
_UNOBEYED: dict[str, Any] = {"parse": "none", "link_names": False}
Layout = Literal["native", "plain", "bare"]  # How much of the blocks Slack takes.
_STREAMING = {"streaming_state_conflict", "message_in_streaming_state"}


def translated(error: SlackApiError) -> DeliveryFailed | MessageGone | PlaceClosed:
    """The courier's error for one of Slack's. Carries Slack's code only: a reader's text may be beside it."""
    reason = code(error)
    if reason in _GONE:
        return MessageGone(reason)
    if reason in _CLOSED:
        return PlaceClosed(reason)
    try:
        retry_after = float(error.response.headers.get("Retry-After", 0))
    except (AttributeError, TypeError, ValueError):
        retry_after = 0.0
    return DeliveryFailed(reason, retry_after)


def passing(failed: DeliveryFailed) -> bool:
    """Whether the same call may be taken a little later."""
    reason = str(failed)
    status = reason.startswith("HTTP ")
    return reason in _PASSING or reason.startswith(("HTTP 5", "HTTP 429")) or not (status or reason.islower())


async def call(answer: Awaitable[T]) -> T:
    """Await a call of Slack's Web API. Raises DeliveryFailed, MessageGone or PlaceClosed."""
    try:
        return await answer
    except SlackApiError as error:
        raise translated(error) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, AttributeError) as error:
        # AttributeError: the SDK's, where an answer is no JSON object, as from a proxy.
        raise DeliveryFailed(type(error).__name__) from error


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

    def parts(self, text: str) -> list[str]:
        return parts(text)

    async def hold(self, sentence: str) -> str:
        beginning = partial(begin, self._client, self._place, self._recipient, sentence, self._abilities)
        self._stream = await self._called("send", beginning)
        if self._stream:
            return self._stream.ts
        return await self._post(self._live(sentence))

    async def show(self, message: str, text: str) -> None:
        if self._stream:
            if await self._called("stream", partial(self._stream.show, text), live=True):
                return
            await self._end_stream()
        await self._update(message, self._live(self.parts(text)[0]), live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        return str(await self._laid_out(lambda layout: self._post(self._content(text, reply, layout))))

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        await self._end_stream()
        try:
            await self._laid_out(lambda layout: self._update(message, self._content(text, reply, layout)))
        except MessageGone as gone:
            if str(gone) in _REFUSED_EDITS:
                await self._remove(message)
            raise

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

    async def _laid_out(self, step: Callable[[Layout], Awaitable[T]]) -> T:
        """With Slack's own thumbs, with plain buttons where it refuses them, else as nothing but text."""
        layouts: tuple[Layout, ...] = ("native", "plain") if self._abilities.thumbs else ("plain",)
        for layout in layouts:
            try:
                answer = await step(layout)
            except DeliveryFailed as failed:
                if str(failed) not in _MISLAID:
                    raise
                log.warning("Slack refuses a layout", layout=layout, reason=str(failed))
            else:
                self._abilities.thumbs = layout == "native"  # If it was the thumbs: without them it is taken.
                return answer
        return await step("bare")

    async def _post(self, content: dict[str, Any]) -> str:
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

    async def _update(self, message: str, content: dict[str, Any], *, live: bool = False) -> None:
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

    def _live(self, text: str) -> dict[str, Any]:
        return self._with_blocks(
            text, [stop_button(self._prompt_id, self._locale)] if self._prompt_id else []
        )

    def _content(self, text: str, reply: Reply | None, layout: Layout) -> dict[str, Any]:
        if layout == "bare":
            return _UNOBEYED | {"text": escape(text), "blocks": []}
        under: list[Block] = []
        if reply and reply.mark:
            under.append(small_line(reply.mark))
        if reply and self._ai_notice:
            under.append(small_line(say(self._locale, "ai-written")))
        if reply:
            under += buttons(reply, self._locale, native=layout == "native")
        return self._with_blocks(text, under)

    def _with_blocks(self, text: str, under: list[Block]) -> dict[str, Any]:
        # Blocks always: an edit without them would leave the old ones standing.
        blocks = [*text_blocks(text), *under]
        return _UNOBEYED | {"text": fallback(text), "blocks": blocks}
