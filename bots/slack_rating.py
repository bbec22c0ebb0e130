"""Keep what readers think of a piece in Slack: thumbs, reactions, reasons, choices, own versions."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.courier import DeliveryFailed, MessageGone, PlaceClosed, retrying
from bots.messages import MessageRef, Place, Rated, Reader, UnknownCompletion, Vote
from bots.slack_blocks import Block, reason_blocks, sentence
from bots.slack_events import (
    Payload,
    reaction_to_vote,
    reader_of,
    standing_reaction,
    to_choice,
    to_id,
    to_reason,
    to_vote,
)
from bots.slack_submissions import to_opinion, to_version
from bots.slack_surface import call
from bots.slack_views import metadata_of, opinion_view, version_view
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.texts import say

log = structlog.get_logger(__name__)

_PATIENCE = 3.0  # Seconds for a look at the reactions that are left.


class Rating:
    """What comes back from readers."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._reacting = asyncio.Lock()  # The same for reactions, which may take a look at Slack.
        self._voting = asyncio.Lock()  # First come, first kept: a flip must not overtake what it flips.

    async def on_rating(self, body: Payload, _: AsyncRespond) -> None:
        vote = to_vote(body, self._workspace.bot)
        if vote and self._first(body):
            tell = self._whisperer(body)
            self._start(tell, vote.reader, lambda: self._rate(vote, tell))

    async def on_reason(self, body: Payload, respond: AsyncRespond) -> None:
        vote = to_reason(body, self._workspace.bot)
        if vote and self._first(body):
            tell = _in_place_of(respond)
            self._start(tell, vote.reader, lambda: self._explain(vote, tell))

    async def on_comment(self, body: Payload, respond: AsyncRespond) -> None:
        completion = to_id(str(body["actions"][0].get("value") or ""))
        if completion and self._first(body):
            user, trigger = str(body["user"]["id"]), str(body["trigger_id"])
            kept = _beside(body) | {"completion": completion}
            self._workspace.start(self._open_opinion(user, trigger, kept, answerer(respond)))

    async def on_opinion(self, body: Payload, _: AsyncRespond) -> None:
        vote = to_opinion(body, self._workspace.bot)
        if vote and self._workspace.first(str(body["view"]["id"])):
            tell = self._teller(body)
            self._start(tell, vote.reader, lambda: self._explain(vote, tell))

    async def on_choice(self, body: Payload, _: AsyncRespond) -> None:
        choice = to_choice(body, self._workspace.bot)
        if choice and self._first(body):
            tell = self._whisperer(body)
            self._start(tell, choice[0], lambda: self._choose(*choice, tell))

    async def on_reaction(self, body: Payload, _: AsyncRespond) -> None:
        event = body["event"]
        vote = reaction_to_vote(event, self._workspace.bot, self._workspace.reactions)
        if vote and self._workspace.first(f"{vote.reader.user}:{event['event_ts']}"):
            self._workspace.start(self._react(vote))

    async def on_edit(self, body: Payload, _: AsyncRespond) -> None:
        completion, reader = (
            to_id(str(body["actions"][0].get("value") or "")),
            reader_of(body, self._workspace.bot),
        )
        if completion is not None and self._first(body):
            tell = self._whisperer(body)
            self._start(tell, reader, lambda: self._open_version(body, reader, completion, tell))

    async def on_version(self, body: Payload, _: AsyncRespond) -> None:
        reader, completion, text = to_version(body, self._workspace.bot)
        if completion is not None and self._workspace.first(str(body["view"]["id"])):
            tell = self._teller(body)
            self._start(tell, reader, lambda: self._rewrite(reader, completion, text, tell))

    async def _rate(self, vote: Vote, tell: Tell) -> None:
        rated = await self._keep(vote)
        key = {1.0: "rated-up", -1.0: "rated-down"}.get(rated.value or 0, "rating-cleared")
        locale = await self._workspace.locale(vote.reader.user)
        text = say(locale, key)
        why = reason_blocks(rated.completion_id, locale) if rated.value == -1.0 else []
        await told(tell, text, [sentence(text), *why] if why else [])

    async def _explain(self, vote: Vote, tell: Tell) -> None:
        await self._keep(vote)
        await told(tell, say(await self._workspace.locale(vote.reader.user), "slack-reason-kept"))

    async def _choose(self, reader: Reader, completion: int, tell: Tell) -> None:
        async with self._voting:
            await asyncio.to_thread(self._workspace.inbox.prefer, reader, completion)
        await told(tell, say(await self._workspace.locale(reader.user), "chosen"))

    async def _rewrite(self, reader: Reader, completion: int, text: str, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user)
        reader = replace(reader, locale=locale)
        await asyncio.to_thread(self._workspace.inbox.rewrite, reader, completion, text)
        await told(tell, say(locale, "slack-version-kept"))

    async def _open_opinion(self, user: str, trigger: str, kept: Block, tell: Tell) -> None:
        locale = await self._workspace.locale(user, VIEW_PATIENCE)
        if not await self._workspace.open(trigger, opinion_view(locale, kept)):
            await told(tell, say(locale, "slack-no-view"))

    async def _open_version(self, body: Payload, reader: Reader, completion: int, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user, VIEW_PATIENCE)
        piece = await asyncio.to_thread(self._workspace.readers.piece, reader, completion)
        view = version_view(locale, piece.text, _beside(body) | {"completion": completion})
        if view is None:
            await told(tell, say(locale, "slack-version-too-long"))
        elif not await self._workspace.open(str(body["trigger_id"]), view):
            await told(tell, say(locale, "slack-no-view"))

    async def _react(self, vote: Vote) -> None:
        """Keep a reaction. Nobody can be told that it failed, so it is tried for a while."""
        async with self._reacting:
            standing = await self._still_standing(vote) if vote.value is None else vote.value

            async def keep() -> None:
                try:
                    await self._keep(replace(vote, value=standing))
                except UnknownCompletion:
                    log.debug("a reaction to a message that shows no completion")

            await retrying(keep, Exception)

    async def _still_standing(self, vote: Vote) -> float | None:
        """What the reader's other reactions to the message say, once one of them is taken back."""
        if not isinstance(vote.target, MessageRef):
            return None
        asking = self._workspace.client.reactions_get(
            channel=vote.target.chat, timestamp=vote.target.message, full=True
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await call(asking)
        except (DeliveryFailed, MessageGone, PlaceClosed, TimeoutError) as failed:
            log.info("cannot see the other reactions", reason=str(failed) or "timeout")
            return None
        return standing_reaction(answer.get("message"), vote.reader.user, self._workspace.reactions)

    async def _keep(self, vote: Vote) -> Rated:
        async with self._voting:
            return await asyncio.to_thread(self._workspace.inbox.rate, vote)

    def _start(self, tell: Tell, reader: Reader, step: Callable[[], Awaitable[None]]) -> None:
        self._workspace.start(self._workspace.attempt(tell, reader.user, step))

    def _first(self, body: Payload) -> bool:
        action = body["actions"][0]
        return self._workspace.first(f"{body['user']['id']}:{action['action_id']}:{action['action_ts']}")

    def _whisperer(self, body: Payload) -> Tell:
        """Says something where the reader tapped, to nobody else."""
        beside = _beside(body)
        place = Place("slack", self._workspace.bot.team, beside["channel"], beside["thread"])
        return self._workspace.whisperer(place, str(body["user"]["id"]))

    def _teller(self, body: Payload) -> Tell:
        """Says something where the view was opened from, or else directly."""
        user, kept = str(body["user"]["id"]), metadata_of(body["view"])
        channel = str(kept.get("channel") or "")
        if not channel:
            return self._workspace.writer_to(user)
        place = Place("slack", self._workspace.bot.team, channel, str(kept.get("thread") or ""))
        return self._workspace.whisperer(place, user)


def _beside(body: Payload) -> dict[str, str]:
    """The place of a tap; a whisper has no message that could be read, but a container."""
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    return {
        "channel": str(channel),
        "thread": str(message.get("thread_ts") or container.get("thread_ts") or ""),
    }


def _in_place_of(respond: AsyncRespond) -> Tell:
    """Replaces the question that was answered."""
    return lambda text, _: respond(text=text, replace_original=True)
