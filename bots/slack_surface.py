"""One place in Slack, as the courier sees it; Slack's errors become the courier's here."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bots.budget import Act, Budget, Call, OpenBudget, within
from bots.courier import DeliveryFailed, MessageGone, PlaceClosed
from bots.messages import Pending, Reply
from bots.slack_blocks import buttons, fallback, mark_line, parts, text_blocks

_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
_CLOSED = {
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


def translated(error: SlackApiError) -> DeliveryFailed | MessageGone | PlaceClosed:
    """The courier's error for one of Slack's. Carries Slack's code only: a reader's text may be beside it."""
    code = str(error.response.get("error") or f"HTTP {error.response.status_code}")
    if code in _GONE:
        return MessageGone(code)
    if code in _CLOSED:
        return PlaceClosed(code)
    try:
        retry_after = float(error.response.headers.get("Retry-After", 0))
    except ValueError:
        retry_after = 0.0
    return DeliveryFailed(code, retry_after)


async def call(answer: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a call of Slack's Web API. Raises DeliveryFailed, MessageGone or PlaceClosed."""
    try:
        return await answer
    except SlackApiError as error:
        raise translated(error) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        raise DeliveryFailed(type(error).__name__) from error


class SlackSurface:
    """A thread, a channel or a direct message. `on_closed` is awaited when nothing can be sent there."""

    def __init__(
        self,
        client: AsyncWebClient,
        pending: Pending,
        on_closed: Callable[[], Awaitable[object]] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._client = client
        self._place = pending.place
        self._locale = pending.locale
        self._on_closed = on_closed
        self._budget = budget or OpenBudget()

    def parts(self, text: str) -> list[str]:
        return parts(text)

    async def hold(self, sentence: str) -> str:
        return await self.send(sentence, None)

    async def show(self, message: str, text: str) -> None:
        await self._edit(message, self.parts(text)[0], None, live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        posting = partial(
            self._client.chat_postMessage,
            channel=self._place.chat,
            thread_ts=self._place.thread or None,
            unfurl_links=False,
            unfurl_media=False,
            **self._content(text, reply),
        )
        try:
            return str((await self._called("send", posting))["ts"])
        except PlaceClosed:
            if self._on_closed:
                await self._on_closed()
            raise

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        await self._edit(message, text, reply)

    async def _edit(self, message: str, text: str, reply: Reply | None, *, live: bool = False) -> None:
        content = self._content(text, reply)
        updating = partial(self._client.chat_update, channel=self._place.chat, ts=message, **content)
        await self._called("edit", updating, live=live)

    async def _called(
        self, act: Act, method: Callable[[], Awaitable[AsyncSlackResponse]], *, live: bool = False
    ) -> AsyncSlackResponse:
        async with within(self._budget, Call(self._place.chat, act, live, self._place.workspace)):
            return await call(method())

    def _content(self, text: str, reply: Reply | None) -> dict[str, Any]:
        blocks = text_blocks(text)
        if reply and reply.mark:
            blocks.append(mark_line(reply.mark))
        if reply:
            blocks.append(buttons(reply, self._locale))
        # Blocks always: an edit without them would leave the old ones standing.
        return {"text": fallback(text), "blocks": blocks, "parse": "none", "link_names": False}
