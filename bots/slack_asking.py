"""Take requests in Slack, from wherever they come, and have the answers brought."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.courier import Courier
from bots.messages import Incoming, MessageRef, Pending, Place, Refused, ReplyFeed
from bots.slack_blocks import actions, button, sentence
from bots.slack_events import (
    command_to_incoming,
    completion_of,
    home_team_of,
    reader_of,
    to_again,
    to_incoming,
)
from bots.slack_payloads import Payload, an_id, tap_key
from bots.slack_streams import Recipient
from bots.slack_surface import SlackSurface
from bots.slack_views import request_view
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.texts import placeholder, say

log = structlog.get_logger(__name__)

NO_CONSENT = "no_consent"  # action_id of the button beside the sentence on learning.
_STOP = re.compile(r"(stop|cancel|停|停止|取消|别写了)[.!。！]?", re.IGNORECASE)


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
        announce: Announce,
        shown: Callable[[MessageRef], None],
    ) -> None:
        self._workspace = workspace
        self._announce = announce
        self._askers: dict[int, _Asker] = {}
        self.courier = Courier(workspace.inbox, feed, self._surface, edit_interval=edit_interval, shown=shown)

    async def on_message(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_incoming(body["event"], self._workspace.bot)
        if not incoming or not self._workspace.first(incoming.key):
            return
        place, user = incoming.place, incoming.reader.user
        surface = SlackSurface(self._workspace.client, Pending(0, place, "en"), budget=self._workspace.budget)
        if _STOP.fullmatch(incoming.text):
            self._workspace.start(self.stop_all(user, lambda text, _: surface.send(text, None)))
            return
        whisper = self._workspace.whisperer(place, user)
        team = home_team_of(None, body["event"], self._workspace.bot)
        asking = self.ask(incoming, lambda text, _: surface.send(text, None), whisper, team=team)
        self._workspace.start(asking)

    async def on_command(self, body: Payload, respond: AsyncRespond) -> None:
        incoming = command_to_incoming(body, self._workspace.bot, self._workspace.forms)
        if not self._workspace.first(incoming.key):
            return
        tell = answerer(respond)
        if body["command"] == "/write" and not incoming.text:
            opening = self.open_request(
                an_id(body["trigger_id"]), incoming.reader.user, incoming.place.chat, tell
            )
            self._workspace.start(opening)
        else:
            self._workspace.start(self.ask(incoming, tell, tell, unreachable=True))

    async def on_again(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_again(body, self._workspace.bot)
        if incoming and self._workspace.first(incoming.key):
            whisper = self._workspace.whisperer(incoming.place, incoming.reader.user)
            team = home_team_of(body["user"], {}, self._workspace.bot)
            self._workspace.start(self.ask(incoming, whisper, whisper, team=team))

    async def on_stop(self, body: Payload, respond: AsyncRespond) -> None:
        prompt, reader = completion_of(body), reader_of(body, self._workspace.bot)
        if prompt is None or not self._workspace.first(tap_key(body)):
            return

        async def stop() -> None:
            if not await asyncio.to_thread(self._workspace.inbox.cancel, reader, prompt):
                await told(
                    answerer(respond), say(await self._workspace.locale(reader.user), "nothing-to-stop")
                )

        self._workspace.start(self._workspace.attempt(answerer(respond), reader.user, stop))

    async def on_no_consent(self, body: Payload, respond: AsyncRespond) -> None:
        reader = reader_of(body, self._workspace.bot)

        async def settle() -> None:
            await asyncio.to_thread(lambda: self._workspace.readers.settle(reader, consent=False))
            await told(
                answerer(respond), say(await self._workspace.locale(reader.user), "slack-not-learning")
            )

        self._workspace.start(self._workspace.attempt(answerer(respond), reader.user, settle))

    async def open_request(self, trigger: str, user: str, channel: str, tell: Tell) -> None:
        """Show the form of a request. The answer comes to `channel`, or to the reader if that is empty."""
        locale = await self._workspace.locale(user, VIEW_PATIENCE)
        view = request_view(locale, self._workspace.forms, {"channel": channel})
        if not await self._workspace.open(trigger, view):
            await told(tell, say(locale, "slack-no-view"))

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

    async def ask(
        self, incoming: Incoming, tell: Tell, whisper: Tell, *, unreachable: bool = False, team: str = ""
    ) -> None:
        """Hand it over. `whisper` reaches the reader alone; `unreachable`: its place may be closed to us.

        `team` is the reader's own workspace, where that is not the bot's.
        """
        user = incoming.reader.user
        locale = await self._workspace.locale(user)
        incoming = replace(incoming, reader=replace(incoming.reader, locale=locale))
        try:
            accepted = await asyncio.to_thread(self._workspace.inbox.ask, incoming)
        except Refused as refused:
            await told(tell, say(locale, refused.reason, **refused.facts))
        except Exception:  # Whatever breaks behind the inbox, the reader gets one sentence.
            log.exception("could not take a prompt", key=incoming.key)
            await told(tell, say(locale, "service-down"))
        else:
            if not accepted.new:
                return
            recipient = Recipient(user, team or self._workspace.bot.team)
            self._askers[accepted.prompt_id] = _Asker(recipient, tell if unreachable else None)
            await self._announce(incoming.place, user, incoming.text)  # Slack ends it with the first message.
            pending = Pending(accepted.prompt_id, incoming.place, locale, incoming.reply_to)
            waiting = placeholder(locale, queued=accepted.queued, place=accepted.place)
            self.courier.start(pending, waiting)
            await self._say_how_it_learns(incoming, whisper)

    async def _say_how_it_learns(self, incoming: Incoming, whisper: Tell) -> None:
        """Once per reader, with the way out beside it."""
        try:
            if not await asyncio.to_thread(self._workspace.readers.ask_consent, incoming.reader):
                return
        except Exception:  # Not worth the reader's attention: it is asked the next time.
            log.exception("could not ask for consent")
            return
        locale = incoming.reader.locale
        text = say(locale, "slack-consent")
        out = actions([button(NO_CONSENT, say(locale, "slack-button-no-consent"), "no")])
        await told(whisper, text, [sentence(text), out])

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
