"""Take requests in Slack, from wherever they come, and have the answers brought."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.courier import Courier
from bots.incidents import new_incident, say_with
from bots.messages import Incoming, MessageRef, Pending, Place, Reader, Refused, ReplyFeed
from bots.slack_blocks import Block, actions, button, sentence
from bots.slack_events import (
    command_to_incoming,
    home_team_of,
    reader_of,
    to_again,
    to_incoming,
)
from bots.slack_payloads import Payload, an_id, tap_key
from bots.slack_stopping import Stopping, is_stop
from bots.slack_streams import Recipient
from bots.slack_surface import SlackSurface
from bots.slack_views import request_view
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.texts import placeholder, say

log = structlog.get_logger(__name__)

NO_CONSENT = "no_consent"  # action_id of the button beside the sentence on learning.


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
        announce: Announce,
        shown: Callable[[MessageRef], None],
    ) -> None:
        self._workspace = workspace
        self._stopping = stopping
        self._announce = announce
        self._askers: dict[int, _Asker] = {}
        self._telling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # By reader.
        self.courier = Courier(workspace.inbox, feed, self._surface, edit_interval=edit_interval, shown=shown)

    async def on_message(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_incoming(body["event"], self._workspace.bot)
        if incoming:
            team = home_team_of(None, body["event"], self._workspace.bot)
            self._workspace.work.once(incoming.key, incoming.reader.user, lambda: self._said(incoming, team))

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
            user, team = incoming.reader.user, home_team_of(body["user"], {}, self._workspace.bot)
            whisper = self._workspace.whisperer(incoming.place, user)
            self._workspace.work.once(
                incoming.key, user, lambda: self.ask(incoming, whisper, whisper, team=team)
            )

    async def on_no_consent(self, body: Payload, respond: AsyncRespond) -> None:
        reader = reader_of(body, self._workspace.bot)

        tell = answerer(respond)

        async def settle() -> None:
            await asyncio.to_thread(lambda: self._workspace.readers.settle(reader, consent=False))
            await told(tell, say(await self._workspace.locale(reader.user), "slack-not-learning"))

        self._workspace.once(tap_key(body), tell, reader.user, settle)

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
            incident = new_incident()
            log.exception("could not take a prompt", key=incoming.key, incident=incident)
            await told(tell, say_with(incident, locale, "service-down"))
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

    async def _said(self, incoming: Incoming, team: str) -> None:
        """What was said to the bot: a request, or the wish that it stops. `team` as for `ask`."""
        place, user = incoming.place, incoming.reader.user
        surface = SlackSurface(self._workspace.client, Pending(0, place, "en"), budget=self._workspace.budget)

        async def tell(text: str, _: list[Block]) -> None:
            await surface.send(text, None)

        if is_stop(incoming.text):
            await self._stopping.stop_all(user, tell)
        else:
            await self.ask(incoming, tell, self._workspace.whisperer(place, user), team=team)

    async def _say_how_it_learns(self, incoming: Incoming, whisper: Tell) -> None:
        """Once per reader, with the way out beside it. What did not reach them is said the next time."""
        reader, readers = incoming.reader, self._workspace.readers
        async with self._telling.setdefault(reader.user, asyncio.Lock()):
            try:
                if await asyncio.to_thread(readers.consent_asked, reader):
                    return
                if await self._told_how_it_learns(reader, whisper):
                    await asyncio.to_thread(readers.ask_consent, reader)
            except Exception:  # Not worth the reader's attention: it is asked the next time.
                log.exception("could not ask for consent")

    async def _told_how_it_learns(self, reader: Reader, whisper: Tell) -> bool:
        text = say(reader.locale, "slack-consent")
        out = actions([button(NO_CONSENT, say(reader.locale, "slack-button-no-consent"), "no")])
        blocks = [sentence(text), out]
        # In a channel that the bot is no member of, Slack lets nobody whisper.
        return await told(whisper, text, blocks) or await told(
            self._workspace.writer_to(reader.user), text, blocks
        )

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
