"""Keep readers' reactions to pieces in Slack, also those that come before the piece is whole."""

import asyncio
from dataclasses import replace
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from tenacity import stop_after_delay

from bots.messages import MessageRef, Place, Vote
from bots.reaction_kept import reaction_kept
from bots.retrying import retrying
from bots.slack_calls import call, passing
from bots.slack_events import reaction_to_vote, standing_reaction
from bots.slack_learning import Learning
from bots.slack_payloads import Payload, reaction_key
from bots.slack_workspace import Workspace
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed

log = structlog.get_logger(__name__)

_LONG = stop_after_delay(600)  # Seconds: what cannot be seen clears a rating that may still stand.
_MOST_EARLY = 1000  # Messages that are not noted yet, and may never be.


class Reactions:
    """What readers say with one emoji."""

    def __init__(self, workspace: Workspace, learning: Learning) -> None:
        self._workspace = workspace
        self._learning = learning
        self._locks: WeakValueDictionary[MessageRef, asyncio.Lock] = WeakValueDictionary()
        self._early: dict[MessageRef, dict[str, Vote]] = {}  # The last of each reader.

    async def on_reaction(self, body: Payload, _: AsyncRespond) -> None:
        event = body["event"]
        vote = reaction_to_vote(event, self._workspace.bot, self._workspace.reactions)
        if vote:
            key = reaction_key(body)
            kept = replace(vote, key=key and self._workspace.bot.own(key))
            if self._workspace.work.first_here(key):  # Elsewhere and after a restart the vote's key tells.
                self._workspace.work.start(self._react(kept))

    def on_shown(self, ref: MessageRef) -> None:
        """The message is noted as a piece: what readers thought of it before that counts."""
        for vote in self._early.pop(ref, {}).values():
            self._workspace.work.start(self._react(vote))

    async def _react(self, vote: Vote) -> None:
        """Keep a reaction, in turn with the others to its message."""
        if not isinstance(vote.target, MessageRef):
            return
        async with self._locks.setdefault(vote.target, asyncio.Lock()):  # First come, first kept.
            standing = await self._still_standing(vote, vote.target) if vote.value is None else vote.value
            decided, inbox = replace(vote, value=standing), self._workspace.inbox
            kept = await reaction_kept(inbox, decided)
            if not kept:
                self._remember(vote.target, decided)
                kept = await reaction_kept(inbox, decided)  # It may have been noted in between.
                if kept:
                    self._early.pop(vote.target, None)
        if kept and standing is not None:
            place = Place("slack", self._workspace.bot.team, vote.target.chat)
            await self._learning.tell(vote.reader, self._workspace.whisperer(place, vote.reader.user))

    def _remember(self, ref: MessageRef, vote: Vote) -> None:
        self._early.setdefault(ref, {})[vote.reader.user] = vote
        if len(self._early) > _MOST_EARLY:
            del self._early[next(iter(self._early))]

    async def _still_standing(self, vote: Vote, ref: MessageRef) -> float | None:
        """What the reader's other reactions to the message say, once one of them is taken back."""
        reactions_get = self._workspace.client.reactions_get

        async def look() -> AsyncSlackResponse:
            return await call(reactions_get(channel=ref.chat, timestamp=ref.message, full=True))

        try:
            answer = await retrying(look, DeliveryFailed, _LONG, passing)
        except (DeliveryFailed, MessageGone, PlaceClosed) as failed:
            log.info("cannot see the other reactions", reason=str(failed))
            return None
        return standing_reaction(answer.get("message"), vote.reader.user, self._workspace.reactions)
