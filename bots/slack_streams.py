"""Slack's own streams of live text: begun, continued, given up; what is shown there obeys nothing."""

import re
from dataclasses import dataclass, field

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.messages import Place
from bots.slack_calls import code
from bots.slack_refusals import Refusals

log = structlog.get_logger(__name__)

STREAM_LIMIT = 11_000  # Characters of escaped text; Slack takes 12,000.

_JOINER = "\u2060"  # Shows nothing, and is part of no link, mention, emoji or list.
_ESCAPES = {
    **{character: f"\\{character}" for character in "\\`*_~[]|"},
    **{character: f"{character}{_JOINER}" for character in "@#:./-+="},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
}
_TABLE = str.maketrans(_ESCAPES)

_OVER = {"message_not_in_streaming_state", "message_not_found", "message_not_owned_by_app"}
# Where Slack refuses so, it will refuse every stream; other refusals are one place's.
_OFF = {"unknown_method", "missing_scope", "feature_not_enabled", "not_allowed_token_type", "not_allowed"}
_NOT_HERE = {
    "channel_type_not_supported",
    "missing_recipient_team_id",
    "missing_recipient_user_id",
    "user_not_in_channel",
}


def as_markdown(text: str) -> str:
    """The text as a stream's markdown shows it, character for character.

    What comes later changes nothing before it: the markdown of a beginning is a beginning of the markdown.
    """
    plain = text.translate(_TABLE)
    return re.sub(r"(?m)^ +", lambda indent: "\u00a0" * len(indent[0]), plain)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a stream is for. In a channel that workspaces share, the team may be another one."""

    user: str
    team: str


@dataclass(slots=True)
class Abilities:
    """What this workspace has refused, so that it is not asked for again."""

    streams: bool = True
    thumbs: bool = True  # Slack's own pair.
    status: bool = True
    unstreamed: set[str] = field(default_factory=set)  # Channels.
    refusals: Refusals = field(default_factory=Refusals)


class Stream:
    """One message while it is written live."""

    def __init__(self, client: AsyncWebClient, channel: str, ts: str, held: str) -> None:
        self.ts = ts
        self._client = client
        self._channel = channel
        self._held = held  # The placeholder's markdown, which stays above the text until the end.
        self._shown = ""
        self._over = False

    async def show(self, text: str) -> bool:
        """Append what is new. False if the stream cannot show the text. Raises SlackApiError for limits."""
        wanted = as_markdown(text)
        if self._over or not wanted.startswith(self._shown):
            return False
        more = wanted[len(self._shown) :]
        if not more or len(self._held) + len(wanted) > STREAM_LIMIT:
            return True  # A live text may lag behind.
        more = more if self._shown else f"\n\n{more}"
        try:
            await self._client.chat_appendStream(channel=self._channel, ts=self.ts, markdown_text=more)
        except SlackApiError as error:
            if code(error) == "ratelimited":
                raise
            self._over = code(error) in _OVER
            log.info("a stream is over, editing instead", reason=code(error))
            return False
        self._shown = wanted
        return True

    async def stop(self) -> None:
        """End it, that the message can be edited. Raises SlackApiError for limits."""
        if not self._over:
            await stop(self._client, self._channel, self.ts)
        self._over = True


def may_begin(place: Place, abilities: Abilities) -> bool:
    """Whether a stream is worth asking for: outside threads Slack has none."""
    return bool(abilities.streams and place.thread and place.chat not in abilities.unstreamed)


async def begin(
    client: AsyncWebClient, place: Place, recipient: Recipient, sentence: str, abilities: Abilities
) -> Stream | None:
    """A stream that holds the answer's place; None where Slack has none. Raises SlackApiError for limits."""
    held = as_markdown(sentence)
    try:
        begun = await client.chat_startStream(
            channel=place.chat,
            thread_ts=place.thread,
            recipient_team_id=recipient.team,
            recipient_user_id=recipient.user,
            markdown_text=held,
        )
    except SlackApiError as error:
        reason = code(error)
        if reason == "ratelimited":
            raise
        abilities.streams = reason not in _OFF
        if reason in _NOT_HERE:
            abilities.unstreamed.add(place.chat)
        log.info("no stream here, editing instead", reason=reason)
        return None
    return Stream(client, place.chat, str(begun["ts"]), held)


async def stop(client: AsyncWebClient, channel: str, ts: str) -> None:
    """End a stream, whoever began it. Raises SlackApiError for limits only."""
    try:
        await client.chat_stopStream(channel=channel, ts=ts)
    except SlackApiError as error:
        if code(error) == "ratelimited":
            raise
