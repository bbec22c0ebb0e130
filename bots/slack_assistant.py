"""Slack's assistant surface: prompts to begin with, a title, and that it is writing."""

import asyncio
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.messages import Place
from bots.slack_calls import call
from bots.slack_payloads import Payload, a_text, an_id
from bots.slack_workspace import Workspace
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from bots.texts import say

log = structlog.get_logger(__name__)

_PATIENCE = 2.0  # Seconds that an answer's first sign waits for it.
_PROMPTS = 4  # That Slack shows.
_TITLE_LIMIT = 60  # Characters.


class Assistant:
    """Decorates assistant threads. Nothing here is needed for an answer, so nothing here fails one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def on_started(self, body: Payload, _: AsyncRespond) -> None:
        thread = body["event"]["assistant_thread"]
        user, channel = a_text(thread.get("user_id")), an_id(thread["channel_id"])
        stamp = an_id(thread["thread_ts"])
        suggest = partial(self._suggest, user, channel, stamp)
        self._workspace.work.once(f"assistant:{channel}:{stamp}", user, suggest)

    async def on_message(self, place: Place, user: str, text: str) -> None:
        """Say that something is written in a direct thread, and name the thread after its first wish."""
        if not (place.thread and place.chat.startswith("D") and self._workspace.abilities.status):
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._decorate(place, user, " ".join(text.split())[:_TITLE_LIMIT])
        except TimeoutError:
            log.info("no assistant here in time")
        except (DeliveryFailed, MessageGone, PlaceClosed) as trouble:
            self._refused(str(trouble))

    async def _decorate(self, place: Place, user: str, title: str) -> None:
        thread: dict[str, Any] = {"channel_id": place.chat, "thread_ts": place.thread}
        client, status = (
            self._workspace.client,
            say(await self._workspace.locale(user), "slack-writing-status"),
        )
        await call(client.assistant_threads_setStatus(**thread, status=status))
        if title and await self._workspace.work.first(f"title:{place.chat}:{place.thread}"):
            await call(client.assistant_threads_setTitle(**thread, title=title))

    async def _suggest(self, user: str, channel: str, stamp: str) -> None:
        locale = await self._workspace.locale(user)
        examples = [say(locale, f"studio-example-{number}") for number in range(1, _PROMPTS)]
        try:
            await call(
                self._workspace.client.assistant_threads_setSuggestedPrompts(
                    channel_id=channel,
                    thread_ts=stamp,
                    title=say(locale, "studio-ask"),
                    prompts=[{"title": example, "message": example} for example in examples],
                )
            )
        except (DeliveryFailed, MessageGone, PlaceClosed) as trouble:
            self._refused(str(trouble))

    def _refused(self, reason: str) -> None:
        log.info("no assistant here", reason=reason)
        if reason in ("unknown_method", "missing_scope", "not_allowed_token_type", "feature_not_enabled"):
            self._workspace.abilities.status = False
