"""What the parts of the Slack desk share: languages, whispers, and work behind an acknowledgement."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

import structlog
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bots.budget import Budget, Call, OpenBudget, within
from bots.incidents import apology, new_incident, say_with
from bots.messages import Inbox, Place, Reader, Refused
from bots.operators import Operators
from bots.readers import Readers
from bots.retrying import retrying
from bots.seen import Seen
from bots.slack_blocks import Block, escape
from bots.slack_calls import call, passing
from bots.slack_events import REACTION_VALUES, Account
from bots.slack_payloads import Payload
from bots.slack_streams import Abilities
from bots.slack_work import Step, Work
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from bots.texts import say

log = structlog.get_logger(__name__)

LOCALE_PATIENCE = 3.0  # Seconds that a first request waits for the reader's language.
WHISPER_PATIENCE = 20.0  # Seconds for its turn. A workspace where more is said has others to answer.
VIEW_PATIENCE = 1.0  # The same before a view, which Slack opens within 3 s of the tap only.

Tell = Callable[[str, list[Block]], Awaitable[object]]
Take = Callable[[Payload, AsyncRespond], Awaitable[None]]
_TROUBLE = (DeliveryFailed, MessageGone, PlaceClosed)


class Workspace:
    """One workspace and what it is served with. `reactions`: verdicts by Slack's names of reactions."""

    def __init__(
        self,
        client: AsyncWebClient,
        bot: Account,
        inbox: Inbox,
        readers: Readers,
        operators: Operators,
        *,
        forms: Sequence[str] = (),
        ai_notice: bool = False,
        reactions: Mapping[str, float] | None = None,
        budget: Budget | None = None,
        seen: Seen | None = None,
    ) -> None:
        self.client = client
        self.bot = bot
        self.inbox = inbox
        self.readers = readers
        self.operators = operators
        self.forms = forms
        self.ai_notice = ai_notice
        self.reactions = REACTION_VALUES if reactions is None else reactions
        self.budget = budget or OpenBudget()
        self.abilities = Abilities()
        self.work = Work(bot.team, seen)
        self._locales: dict[str, str] = {}

    def listener(self, take: Take) -> Callable[..., Awaitable[None]]:
        """Acknowledge, then take. What cannot be read is dropped: sent again it would read no better."""

        async def listen(ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
            await ack()
            try:
                await take(body, respond)
            except Exception as error:  # noqa: BLE001 - Whatever Slack may send, the next must be heard.
                log.warning("cannot read what Slack sent", kind=_kind(body), error=type(error).__name__)

        return listen

    def once(self, key: str, tell: Tell, user: str, step: Step) -> None:
        """Do what a reader asked for, unless it came before. What goes wrong is told them."""
        self.work.once(key, user, lambda: self.attempt(tell, user, step))

    async def locale(self, user: str, patience: float = LOCALE_PATIENCE) -> str:
        """The language that the reader has settled, else Slack's for them."""
        try:
            async with asyncio.timeout(patience):
                return await self._settled_language(user) or await self._platform_locale(user)
        except Exception as error:  # noqa: BLE001 - English will do.
            log.debug("a reader's language is unknown", error=type(error).__name__)
            return self.locale_so_far(user)

    def locale_so_far(self, user: str) -> str:
        """Slack's language for the reader, if it is known already."""
        return self._locales.get(user, "en")

    def reader(self, user: str) -> Reader:
        return Reader("slack", self.bot.team, user)

    async def conversation_with(self, user: str) -> str:
        """The channel of direct messages with a reader. Raises DeliveryFailed, PlaceClosed."""
        opened = await call(self.client.conversations_open(users=user))
        return str(opened["channel"]["id"])

    def whisperer(self, place: Place, user: str) -> Tell:
        """Says something in a place to one reader only, soon or not at all."""
        whispering = Call(place.chat, "whisper", workspace=self.bot.team)

        async def whisper(text: str, blocks: list[Block]) -> None:
            async with within(self.budget, whispering, WHISPER_PATIENCE):
                await call(
                    self.client.chat_postEphemeral(
                        channel=place.chat,
                        user=user,
                        text=escape(text),
                        blocks=blocks or None,
                        thread_ts=place.thread or None,
                    )
                )

        return whisper

    def writer_to(self, user: str) -> Tell:
        """Says something in the reader's direct messages."""

        async def write(text: str, blocks: list[Block]) -> None:
            await self.post(await self.conversation_with(user), text, blocks)

        return write

    async def post(self, channel: str, text: str, blocks: list[Block] | None = None) -> None:
        """Say something in a channel. Raises DeliveryFailed, PlaceClosed."""
        async with within(self.budget, Call(channel, "send", workspace=self.bot.team)):
            await call(
                self.client.chat_postMessage(
                    channel=channel, text=escape(text), blocks=blocks or None, parse="none", mrkdwn=False
                )
            )

    async def open(self, trigger: str, view: Block, locale: str, tell: Tell) -> None:
        """Show a view on top of everything, or tell its reader that Slack does not (any more)."""
        try:
            await call(self.client.views_open(trigger_id=trigger, view=view))
        except _TROUBLE as trouble:
            incident = new_incident()
            log.warning("could not open a view", reason=str(trouble), incident=incident)
            await told(tell, say_with(incident, locale, "slack-no-view"))

    async def replace(self, view_id: str, view: Block) -> bool:
        """Show another view in the place of one. False if that is closed, or too old."""
        try:
            await call(self.client.views_update(view_id=view_id, view=view))
        except _TROUBLE as trouble:
            log.info("could not replace a view", reason=str(trouble))
            return False
        return True

    async def attempt(self, tell: Tell, user: str, step: Callable[[], Awaitable[None]]) -> None:
        """Do what a reader asked for, and tell them if it cannot be done: one sentence, whatever broke."""
        try:
            await step()
        except Refused as refused:
            await told(tell, say(await self.locale(user), refused.reason, **refused.facts))
        except Exception as error:  # noqa: BLE001 - Whatever broke, it is logged and said.
            await told(tell, apology(await self.locale(user), error, _TROUBLE))

    async def _settled_language(self, user: str) -> str:
        try:
            return (await asyncio.to_thread(self.readers.settings, self.reader(user))).language
        except Exception:  # Slack knows a language as well.
            log.exception("could not look up a reader's settings")
            return ""

    async def _platform_locale(self, user: str) -> str:
        if user not in self._locales:
            answer = await call(self.client.users_info(user=user, include_locale=True))
            self._locales[user] = str(answer["user"].get("locale") or "en")
        return self._locales[user]


def answerer(respond: AsyncRespond, *, replacing: bool = False) -> Tell:
    """Answers a command or a tap, to the one who made it. `replacing`: in place of what was tapped."""

    async def answer(text: str, blocks: list[Block]) -> None:
        taken = await respond(text=escape(text), blocks=blocks or None, replace_original=replacing)
        if taken.status_code != HTTPStatus.OK:  # The SDK raises nothing here.
            raise DeliveryFailed(f"HTTP {taken.status_code}")

    return answer


async def told(tell: Tell, text: str, blocks: list[Block] | None = None) -> bool:
    """Say it, if it can be said. False if it cannot."""

    async def once() -> None:
        await tell(text, blocks or [])

    try:
        await retrying(once, DeliveryFailed, worth=passing)
    except Exception as error:  # noqa: BLE001 - A courtesy: what it was about is done or logged.
        reason = str(error) if isinstance(error, _TROUBLE) else type(error).__name__
        log.warning("could not tell a reader", reason=reason)
        return False
    return True


def _kind(body: object) -> str:
    """What was sent, without what a reader wrote."""
    sent = body.get("event", body) if isinstance(body, dict) else None
    kind = sent.get("type") if isinstance(sent, dict) else None
    return kind[:40] if isinstance(kind, str) else "unknown"
