"""Keep what readers think of a piece in Slack: thumbs, reasons, choices, own versions."""

import asyncio
from dataclasses import replace
from functools import partial
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.messages import Place, Rated, Reader, Vote
from bots.readers import Shown
from bots.slack_blocks import Block, reason_blocks, sentence
from bots.slack_calls import passing
from bots.slack_events import completion_of, reader_of, to_choice, to_reason, to_vote
from bots.slack_learning import Learning
from bots.slack_payloads import Payload, a_text, an_id, tap_key, view_key
from bots.slack_submissions import to_opinion, to_version
from bots.slack_views import metadata_of, opinion_view, version_view
from bots.slack_work import Step
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.surface import DeliveryFailed, PlaceClosed
from bots.texts import say

log = structlog.get_logger(__name__)


class Rating:
    """What comes back from readers."""

    def __init__(self, workspace: Workspace, learning: Learning) -> None:
        self._workspace = workspace
        self._learning = learning
        # First come, first kept: a flip must not overtake what it flips.
        self._voting: WeakValueDictionary[Reader, asyncio.Lock] = WeakValueDictionary()

    async def on_rating(self, body: Payload, respond: AsyncRespond) -> None:
        vote = to_vote(body, self._workspace.bot)
        if vote:
            tell = self._whisperer(body, respond)
            self._tapped(body, tell, vote.reader, lambda: self._rate(vote, tell))

    async def on_reason(self, body: Payload, respond: AsyncRespond) -> None:
        vote = to_reason(body, self._workspace.bot)
        if vote:
            tell = answerer(respond, replacing=True)
            self._tapped(body, tell, vote.reader, lambda: self._explain(vote, tell))

    async def on_comment(self, body: Payload, respond: AsyncRespond) -> None:
        completion, trigger = completion_of(body), an_id(body["trigger_id"])
        if completion is not None:
            reader, tell = reader_of(body, self._workspace.bot), answerer(respond)
            kept = _beside(body) | {"completion": completion}
            self._tapped(body, tell, reader, lambda: self._open_opinion(reader.user, trigger, kept, tell))

    async def on_opinion(self, body: Payload, _: AsyncRespond) -> None:
        vote = to_opinion(body, self._workspace.bot)
        if vote:
            tell, user = self._teller(body), vote.reader.user
            self._workspace.once(view_key(body), tell, user, lambda: self._explain(vote, tell))

    async def on_choice(self, body: Payload, respond: AsyncRespond) -> None:
        choice = to_choice(body, self._workspace.bot)
        if choice:
            tell = self._whisperer(body, respond)
            self._tapped(body, tell, choice[0], lambda: self._choose(*choice, tap_key(body), tell))

    async def on_edit(self, body: Payload, respond: AsyncRespond) -> None:
        completion, reader = completion_of(body), reader_of(body, self._workspace.bot)
        if completion is not None:
            tell = self._whisperer(body, respond)
            self._tapped(body, tell, reader, lambda: self._open_version(body, reader, completion, tell))

    async def on_version(self, body: Payload, _: AsyncRespond) -> None:
        reader, completion, text = to_version(body, self._workspace.bot)
        if completion is not None:
            tell, key = self._teller(body), view_key(body)
            rewrite = partial(self._rewrite, reader, completion, text, key, tell)
            self._workspace.once(key, tell, reader.user, rewrite)

    async def _rate(self, vote: Vote, tell: Tell) -> None:
        rated = await self._keep(vote)
        key = {1.0: "rated-up", -1.0: "rated-down"}.get(rated.value or 0, "rating-cleared")
        locale = await self._workspace.locale(vote.reader.user)
        text = say(locale, key)
        why = reason_blocks(rated.completion_id, locale) if rated.value == -1.0 else []
        await told(tell, text, [sentence(text), *why] if why else [])
        await self._learning.tell(vote.reader, tell)

    async def _explain(self, vote: Vote, tell: Tell) -> None:
        await self._keep(vote)
        await told(tell, say(await self._workspace.locale(vote.reader.user), "reason-kept"))

    async def _choose(self, reader: Reader, completion: int, key: str, tell: Tell) -> None:
        async with self._in_turn(reader):
            await self._piece(reader, completion)
            await asyncio.to_thread(
                self._workspace.inbox.prefer, reader, completion, self._workspace.bot.own(key)
            )
        await told(tell, say(await self._workspace.locale(reader.user), "chosen"))
        await self._learning.tell(reader, tell)

    async def _rewrite(self, reader: Reader, completion: int, text: str, key: str, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user)
        reader = replace(reader, locale=locale)
        await self._piece(reader, completion)
        await asyncio.to_thread(
            self._workspace.inbox.rewrite, reader, completion, text, self._workspace.bot.own(key)
        )
        await told(tell, say(locale, "version-kept"))
        await self._learning.tell(reader, tell)

    async def _open_opinion(self, user: str, trigger: str, kept: Block, tell: Tell) -> None:
        locale = await self._workspace.locale(user, VIEW_PATIENCE)
        await self._workspace.open(trigger, opinion_view(locale, kept), locale, tell)

    async def _open_version(self, body: Payload, reader: Reader, completion: int, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user, VIEW_PATIENCE)
        piece = await self._piece(reader, completion)
        view = version_view(locale, piece.text, _beside(body) | {"completion": completion})
        if view is None:
            await told(tell, say(locale, "slack-version-too-long"))
        else:
            await self._workspace.open(an_id(body["trigger_id"]), view, locale, tell)

    async def _keep(self, vote: Vote) -> Rated:
        async with self._in_turn(vote.reader):
            if isinstance(vote.target, int):
                await self._piece(vote.reader, vote.target)
            return await asyncio.to_thread(self._workspace.inbox.rate, vote)

    def _in_turn(self, reader: Reader) -> asyncio.Lock:
        return self._voting.setdefault(reader, asyncio.Lock())

    async def _piece(self, reader: Reader, completion: int) -> Shown:
        """What a button names by its number. Raises UnknownCompletion where the reader cannot see it."""
        return await asyncio.to_thread(self._workspace.readers.piece, reader, completion)

    def _tapped(self, body: Payload, tell: Tell, reader: Reader, step: Step) -> None:
        self._workspace.once(tap_key(body), tell, reader.user, step)

    def _whisperer(self, body: Payload, respond: AsyncRespond) -> Tell:
        """Says something where the reader tapped, to nobody else; in answer to the tap, where we may not."""
        beside = _beside(body)
        place = Place("slack", self._workspace.bot.team, beside["channel"], beside["thread"])
        whisper = self._workspace.whisperer(place, an_id(body["user"]["id"]))

        async def tell(text: str, blocks: list[Block]) -> None:
            try:
                await whisper(text, blocks)
            except (DeliveryFailed, PlaceClosed) as refused:
                if isinstance(refused, DeliveryFailed) and passing(refused):
                    raise
                await answerer(respond)(text, blocks)

        return tell

    def _teller(self, body: Payload) -> Tell:
        """Says something where the view was opened from, or else directly."""
        user, kept = an_id(body["user"]["id"]), metadata_of(body["view"])
        channel = a_text(kept.get("channel"))
        if not channel:
            return self._workspace.writer_to(user)
        place = Place("slack", self._workspace.bot.team, channel, a_text(kept.get("thread")))
        return self._workspace.whisperer(place, user)


def _beside(body: Payload) -> dict[str, str]:
    """The place of a tap; a whisper has no message that could be read, but a container."""
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    return {
        "channel": a_text(channel),
        "thread": a_text(message.get("thread_ts") or container.get("thread_ts")),
    }
