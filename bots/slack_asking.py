"""Take requests in Slack, from wherever they come, and have the answers brought."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.courier import Courier
from bots.incidents import new_incident, say_with
from bots.messages import Incoming, MessageRef, Pending, Place, Refused, ReplyFeed
from bots.slack_blocks import Block
from bots.slack_events import (
    command_to_incoming,
    to_again,
    to_incoming,
)
from bots.slack_learning import Learning
from bots.slack_payloads import Payload, an_id
from bots.slack_stopping import Stopping, is_stop
from bots.slack_streams import Recipient
from bots.slack_surface import SlackSurface
from bots.slack_views import request_view
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.texts import placeholder, say

log = structlog.get_logger(__name__)

Announce = Callable[[Place, str, str], Awaitable[None]]  # Where something is written, for whom, about what.


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who waits for an answer, until its surface is made."""

    recipient: Recipient
    tell: Tell | None  # How to say that the place is closed, where it may be.


class Asking:
    """From a request to its answer's first sign."""

    def __init__(
        self,
        workspace: Workspace,
        feed: ReplyFeed,
        edit_interval: float,
        stopping: Stopping,
        learning: Learning,
        announce: Announce,
        shown: Callable[[MessageRef], None],
    ) -> None:
        self._workspace = workspace
        self._stopping = stopping
        self._learning = learning
        self._announce = announce
        self._askers: dict[int, _Asker] = {}
        self.courier = Courier(workspace.inbox, feed, self._surface, edit_interval=edit_interval, shown=shown)

    async def on_message(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_incoming(body["event"], self._workspace.bot)
        if incoming:
            self._workspace.work.once(incoming.key, incoming.reader.user, lambda: self._said(incoming))

    async def on_command(self, body: Payload, respond: AsyncRespond) -> None:
        incoming = command_to_incoming(body, self._workspace.bot, self._workspace.forms)
        tell, user, trigger = answerer(respond), incoming.reader.user, an_id(body["trigger_id"])

        async def take() -> None:
            if body["command"] == "/write" and not incoming.text:
                await self.open_request(trigger, user, incoming.place.chat, tell)
            else:
                await self.ask(incoming, tell, tell, unreachable=True)

        self._workspace.work.once(incoming.key, user, take)

    async def on_again(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_again(body, self._workspace.bot)
        if incoming:
            user = incoming.reader.user
            whisper = self._workspace.whisperer(incoming.place, user)
            self._workspace.work.once(incoming.key, user, lambda: self.ask(incoming, whisper, whisper))

    async def open_request(self, trigger: str, user: str, channel: str, tell: Tell) -> None:
        """Show the form of a request. The answer comes to `channel`, or to the reader if that is empty."""
        locale = await self._workspace.locale(user, VIEW_PATIENCE)
        view = request_view(locale, self._workspace.forms, {"channel": channel})
        await self._workspace.open(trigger, view, locale, tell)

    async def submitted(
        self, incoming: Incoming, channel: str, thread: str, *, tell: Tell | None = None
    ) -> None:
        """Ask for what a form holds. Without a channel the answer comes to the reader's direct messages."""
        user = incoming.reader.user
        tell = tell or self._workspace.writer_to(user)

        async def ask() -> None:
            chat = channel or await self._workspace.conversation_with(user)
            placed = replace(incoming, place=replace(incoming.place, chat=chat, thread=thread))
            whisper = self._workspace.whisperer(placed.place, user)
            await self.ask(placed, tell, whisper, unreachable=True)

        await self._workspace.attempt(tell, user, ask)

    async def ask(self, incoming: Incoming, tell: Tell, whisper: Tell, *, unreachable: bool = False) -> None:
        """Hand it over. `whisper` reaches the reader alone; `unreachable`: its place may be closed to us."""
        user, locale = incoming.reader.user, self._workspace.locale
        # What was acknowledged is a row before anything is asked of Slack.
        reader = replace(incoming.reader, locale=self._workspace.locale_so_far(user))
        incoming = replace(incoming, reader=reader)
        try:
            accepted = await asyncio.to_thread(self._workspace.inbox.ask, incoming)
        except Refused as refused:
            await told(tell, say(await locale(user), refused.reason, **refused.facts))
        except Exception:  # Whatever breaks behind the inbox, the reader gets one sentence.
            incident = new_incident()
            log.exception("could not take a prompt", key=incoming.key, incident=incident)
            await told(tell, say_with(incident, await locale(user), "service-down"))
        else:
            if not accepted.new:
                return
            recipient = Recipient(user, reader.home or self._workspace.bot.team)
            self._askers[accepted.prompt_id] = _Asker(recipient, tell if unreachable else None)
            await self._announce(incoming.place, user, incoming.text)  # Slack ends it with the first message.
            language = await locale(user)
            pending = Pending(accepted.prompt_id, incoming.place, language, incoming.reply_to)
            waiting = placeholder(language, queued=accepted.queued, place=accepted.place)
            self.courier.start(pending, waiting)
            await self._learning.tell(incoming.reader, whisper)

    async def _said(self, incoming: Incoming) -> None:
        """What was said to the bot: a request, or the wish that it stops."""
        place, user = incoming.place, incoming.reader.user
        surface = SlackSurface(self._workspace.client, Pending(0, place, "en"), budget=self._workspace.budget)

        async def tell(text: str, _: list[Block]) -> None:
            await surface.send(text, None)

        if is_stop(incoming.text):
            await self._stopping.stop_all(user, tell)
        else:
            await self.ask(incoming, tell, self._workspace.whisperer(place, user))

    def _surface(self, pending: Pending) -> SlackSurface:
        asker = self._askers.pop(pending.prompt_id, None)
        tell, not_invited = asker.tell if asker else None, say(pending.locale, "slack-not-invited")
        return SlackSurface(
            self._workspace.client,
            pending,
            self._workspace.abilities,
            recipient=asker.recipient if asker else None,
            on_closed=(lambda: told(tell, not_invited)) if tell else None,
            ai_notice=self._workspace.ai_notice,
            budget=self._workspace.budget,
        )
