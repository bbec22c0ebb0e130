"""Attend to the readers of one Slack workspace: acknowledge at once, then ask, rate, tell."""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bots.budget import Budget, OpenBudget
from bots.courier import Courier, DeliveryFailed, MessageGone, PlaceClosed, retrying
from bots.messages import (
    Inbox,
    Incoming,
    Pending,
    Place,
    Rated,
    Reader,
    Refused,
    ReplyFeed,
    UnknownCompletion,
    Vote,
)
from bots.slack_blocks import escape
from bots.slack_events import (
    AGAIN,
    CHOOSE,
    RATE_DOWN,
    RATE_UP,
    VARIANTS,
    Account,
    Payload,
    command_to_incoming,
    reaction_to_vote,
    to_again,
    to_choice,
    to_incoming,
    to_vote,
)
from bots.slack_surface import SlackSurface, call
from bots.texts import placeholder, say

log = structlog.get_logger(__name__)

# As in docs/slack-manifest.json.
COMMANDS = ("/poem", "/write")
EVENTS = ("app_mention", "message.im", "reaction_added", "reaction_removed")

LOCALE_PATIENCE = 3.0  # Seconds that a first request waits for the reader's language.
CLOSING_PATIENCE = 5.0  # Seconds for what was acknowledged and is not handed over yet.

Tell = Callable[[str], Awaitable[object]]


class Desk:
    """Takes what readers say and tap, and has the answers brought to them."""

    def __init__(
        self,
        client: AsyncWebClient,
        bot: Account,
        inbox: Inbox,
        feed: ReplyFeed,
        forms: Sequence[str],
        edit_interval: float,
        budget: Budget | None = None,
    ) -> None:
        self._client = client
        self._bot = bot
        self._inbox = inbox
        self._forms = forms
        self._budget = budget or OpenBudget()
        self.courier = Courier(inbox, feed, self._surface, edit_interval=edit_interval)
        self._recent: deque[str] = deque(maxlen=1000)  # Slack repeats itself, also under new event ids.
        self._tellers: dict[int, Tell] = {}  # By prompt, until its surface is made.
        self._locales: dict[str, str] = {}
        self._voting = asyncio.Lock()  # First come, first kept: a flip must not overtake what it flips.
        self._work: set[asyncio.Task[None]] = set()

    def attend(self, app: AsyncApp) -> None:
        """Register everything that Slack may send."""
        handlers = {"app_mention": self._on_message, "message": self._on_message}
        for event in EVENTS:
            name = event.partition(".")[0]
            app.event(name)(handlers.get(name, self._on_reaction))
        for command in COMMANDS:
            app.command(command)(self._on_command)
        app.action(re.compile(f"^({RATE_UP}|{RATE_DOWN})$"))(self._on_rating)
        app.action(re.compile(f"^({AGAIN}|{VARIANTS})$"))(self._on_again)
        app.action(CHOOSE)(self._on_choice)
        # Else Slack sends what nobody took three times more.
        app.event(re.compile(""))(_acknowledge)
        app.action(re.compile(""))(_acknowledge)

    async def close(self) -> None:
        """Hand over what was acknowledged; leave answers under way to the next start."""
        if self._work:
            _, late = await asyncio.wait(self._work, timeout=CLOSING_PATIENCE)
            for task in late:
                task.cancel()
        await self.courier.close()

    async def _on_message(self, event: Payload) -> None:
        incoming = to_incoming(event, self._bot)
        if incoming and self._first(incoming.key):
            place, locale = incoming.place, incoming.reader.locale
            surface = SlackSurface(self._client, Pending(0, place, locale), budget=self._budget)
            self._start(self._ask(incoming, lambda text: surface.send(text, None)))

    async def _on_command(self, ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
        await ack()
        incoming = command_to_incoming(body, self._bot, self._forms)
        if self._first(incoming.key):
            self._start(self._ask(incoming, lambda text: respond(escape(text)), unreachable=True))

    async def _on_again(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        incoming = to_again(body, self._bot)
        if incoming and self._first(incoming.key):
            self._start(self._ask(incoming, self._whisperer(incoming.place, incoming.reader.user)))

    async def _on_rating(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        vote = to_vote(body, self._bot)
        if vote and self._first(f"{vote.reader.user}:{body['actions'][0]['action_ts']}"):
            self._start(self._note(vote.reader, body, lambda: self._rated(vote)))

    async def _on_choice(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        choice = to_choice(body, self._bot)
        if choice and self._first(f"{choice[0].user}:{body['actions'][0]['action_ts']}"):
            self._start(self._note(choice[0], body, lambda: self._chosen(*choice)))

    async def _on_reaction(self, event: Payload) -> None:
        vote = reaction_to_vote(event, self._bot)
        if vote and self._first(f"{vote.reader.user}:{event['event_ts']}"):
            self._start(self._react(vote))

    async def _ask(self, incoming: Incoming, tell: Tell, *, unreachable: bool = False) -> None:
        locale = await self._locale(incoming.reader.user)
        incoming = replace(incoming, reader=replace(incoming.reader, locale=locale))
        try:
            accepted = await asyncio.to_thread(self._inbox.ask, incoming)
        except Refused as refused:
            await _told(tell, say(locale, refused.reason, **refused.facts))
        except Exception:  # Whatever breaks behind the inbox, the reader gets one sentence.
            log.exception("could not take a prompt", key=incoming.key)
            await _told(tell, say(locale, "service-down"))
        else:
            if not accepted.new:
                return
            if unreachable:
                self._tellers[accepted.prompt_id] = tell
            pending = Pending(accepted.prompt_id, incoming.place, locale, incoming.reply_to)
            sentence = placeholder(locale, queued=accepted.queued, place=accepted.place)
            self.courier.start(pending, sentence)

    async def _note(self, reader: Reader, body: Payload, keep: Callable[[], Awaitable[str]]) -> None:
        """Keep what a tap says, and tell the one who tapped."""
        try:
            key = await keep()
        except UnknownCompletion:
            key = "unknown-completion"
        except Exception:  # Whatever breaks behind the inbox, the reader gets one sentence.
            log.exception("could not keep a tap")
            key = "service-down"
        thread = str(body["message"].get("thread_ts") or "")
        place = Place("slack", self._bot.team, str(body["channel"]["id"]), thread)
        await _told(self._whisperer(place, reader.user), say(await self._locale(reader.user), key))

    async def _rated(self, vote: Vote) -> str:
        rated = await self._keep(vote)
        return {1.0: "rated-up", -1.0: "rated-down"}.get(rated.value or 0, "rating-cleared")

    async def _chosen(self, reader: Reader, completion_id: int) -> str:
        async with self._voting:
            await asyncio.to_thread(self._inbox.prefer, reader, completion_id)
        return "chosen"

    async def _react(self, vote: Vote) -> None:
        """Keep a reaction. Nobody can be told that it failed, so it is tried for a while."""

        async def keep() -> None:
            try:
                await self._keep(vote)
            except UnknownCompletion:
                log.debug("a reaction to a message that shows no completion")

        await retrying(keep, Exception)

    async def _keep(self, vote: Vote) -> Rated:
        async with self._voting:
            return await asyncio.to_thread(self._inbox.rate, vote)

    async def _locale(self, user: str) -> str:
        if user not in self._locales:
            try:
                async with asyncio.timeout(LOCALE_PATIENCE):
                    answer = await call(self._client.users_info(user=user, include_locale=True))
                self._locales[user] = str(answer["user"].get("locale") or "en")
            except (DeliveryFailed, MessageGone, PlaceClosed, TimeoutError) as error:
                log.debug("a reader's language is unknown", reason=str(error))
                return "en"
        return self._locales[user]

    def _surface(self, pending: Pending) -> SlackSurface:
        tell = self._tellers.pop(pending.prompt_id, None)
        if tell is None:
            return SlackSurface(self._client, pending, budget=self._budget)
        sentence = say(pending.locale, "slack-not-invited")
        return SlackSurface(self._client, pending, lambda: _told(tell, sentence), self._budget)

    def _whisperer(self, place: Place, user: str) -> Tell:
        """Says something where the reader tapped, to nobody else."""
        return lambda text: call(
            self._client.chat_postEphemeral(
                channel=place.chat, user=user, text=escape(text), thread_ts=place.thread or None
            )
        )

    def _first(self, key: str) -> bool:
        if key in self._recent:
            return False
        self._recent.append(key)
        return True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a request from Slack was dropped", exc_info=error)


async def _told(tell: Tell, sentence: str) -> None:
    async def once() -> None:
        await tell(sentence)

    try:
        await retrying(once, DeliveryFailed)
    except Exception as error:  # noqa: BLE001 - A courtesy: what it was about is done or logged.
        log.warning("could not tell a reader", reason=f"{type(error).__name__}: {error}")


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()
