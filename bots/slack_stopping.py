"""Stop what is being written for a reader: by a button, Slack's own or ours, or by a word."""

import asyncio
import re

from slack_bolt.async_app import AsyncRespond

from bots.messages import Place
from bots.slack_events import completion_of, reader_of
from bots.slack_payloads import Payload, an_id, tap_key
from bots.slack_workspace import Tell, Workspace, answerer, told
from bots.texts import say

_STOP = re.compile(r"(stop|cancel|停|停止|取消|别写了)[.!。！]?", re.IGNORECASE)


def is_stop(text: str) -> bool:
    """Whether it is nothing but the wish to stop."""
    return _STOP.fullmatch(text) is not None


class Stopping:
    """Each reader stops their own requests only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def on_stop(self, body: Payload, respond: AsyncRespond) -> None:
        prompt, reader = completion_of(body), reader_of(body, self._workspace.bot)
        tell = answerer(respond)

        async def stop() -> None:
            if prompt is None or await asyncio.to_thread(self._workspace.inbox.cancel, reader, prompt):
                return
            await told(tell, say(await self._workspace.locale(reader.user), "nothing-to-stop"))

        self._workspace.once(tap_key(body), tell, reader.user, stop)

    async def on_session_stopped(self, body: Payload, _: AsyncRespond) -> None:
        """Slack's own stop button, above the thread of a session."""
        event = body["event"]
        user, channel, thread = an_id(event["user"]), an_id(event["channel"]), event.get("thread_ts")
        here = Place("slack", self._workspace.bot.team, channel, an_id(thread) if thread else "")
        key = f"session stopped:{user}:{here}:{an_id(event['event_ts'])}"
        self._workspace.work.once(key, user, lambda: self._stop_in(here, user))

    async def stop_all(self, user: str, tell: Tell) -> None:
        """Stop whatever is being written for a reader."""
        reader = self._workspace.reader(user)

        async def stop() -> None:
            prompts = await asyncio.to_thread(self._workspace.readers.under_way, reader)
            cancel = self._workspace.inbox.cancel
            stopped = [await asyncio.to_thread(cancel, reader, prompt) for prompt in prompts]
            if not any(stopped):  # Else the answer's place says so.
                await told(tell, say(await self._workspace.locale(user), "nothing-to-stop"))

        await self._workspace.attempt(tell, user, stop)

    async def _stop_in(self, here: Place, user: str) -> None:
        """The same in one place, without a word where there is nothing to stop."""
        reader, inbox = self._workspace.reader(user), self._workspace.inbox
        for prompt in await asyncio.to_thread(self._workspace.readers.under_way, reader, here):
            await asyncio.to_thread(inbox.cancel, reader, prompt)
