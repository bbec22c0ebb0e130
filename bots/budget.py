"""How often a platform may be called: its limits as data, and the budget that is asked before every call."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Literal, Protocol

from bots.surface import DeliveryFailed

Act = Literal["send", "edit", "draft", "typing", "stream", "whisper"]
Reach = Literal["all", "workspace", "chat", "group"]  # Whose calls are counted together.

_LIVE = "live"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a platform. A live one only shows what is under way and may be left out."""

    chat: str
    act: Act
    live: bool = False
    workspace: str = ""
    group: bool = False  # Whether the chat has more than one reader.


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many calls in so many seconds. `kept` of them are never spent on live calls.

    A limit that is not firm is a rule of thumb: what must arrive is counted, but does not wait for it.
    """

    name: str
    reach: Reach
    calls: int
    seconds: int
    acts: frozenset[Act] = frozenset()  # Empty: whatever the call does.
    kept: int = 0
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Counter:
    """One count that a call is entered in: at most `calls` in `seconds` under one key."""

    key: tuple[str, ...]
    calls: int
    seconds: int
    waits: bool  # Whether the call waits while the count is full.


_POSTS: frozenset[Act] = frozenset({"send"})
_EDITS: frozenset[Act] = frozenset({"edit"})
_STREAMS: frozenset[Act] = frozenset({"stream"})
_WHISPERS: frozenset[Act] = frozenset({"whisper"})
_DRAFTS: frozenset[Act] = frozenset({"draft", "typing"})

# One shared count for all that is sent to a chat: separate ones, summed, have led to bans of hours.
TELEGRAM = (
    Limit("chat", "chat", 1, 1),
    Limit("drafts", "chat", 20, 5, acts=_DRAFTS),
    Limit("more drafts", "chat", 40, 30, acts=_DRAFTS),
    Limit("group", "group", 20, 60, kept=8),
    Limit("all", "all", 30, 1, kept=10),
)
# A channel takes one post a second, a workspace 100 whispers a minute, at least. Edits and streams have
# tiers, which are counted by workspace and promise "50 or more": what must arrive asks Slack itself, so that
# no finished text waits behind its placeholder.
SLACK = (
    Limit("posts", "chat", 1, 1, acts=_POSTS),
    Limit("channel", "chat", 1, 1, firm=False),
    Limit("edits", "workspace", 50, 60, acts=_EDITS, kept=20, firm=False),
    Limit("streams", "workspace", 50, 60, acts=_STREAMS, kept=20, firm=False),
    Limit("whispers", "workspace", 100, 60, acts=_WHISPERS),
)
LIMITS: Mapping[str, Sequence[Limit]] = {"telegram": TELEGRAM, "slack": SLACK}


def counters(limits: Sequence[Limit], call: Call) -> tuple[Counter, ...]:
    """What a call is entered in, narrowest first. A live one also in a count that leaves room for others."""
    found: list[Counter] = []
    for limit in limits:
        if (limit.acts and call.act not in limit.acts) or (limit.reach == "group" and not call.group):
            continue
        owner = {"all": "", "workspace": call.workspace}.get(limit.reach, call.chat)
        key = (limit.name, owner)
        if call.live and limit.kept:
            found.append(Counter((*key, _LIVE), limit.calls - limit.kept, limit.seconds, waits=True))
        found.append(Counter(key, limit.calls, limit.seconds, waits=limit.firm or call.live))
    return tuple(found)


class Budget(Protocol):
    """The budget of one platform, shared by all processes that call it."""

    async def admit(self, call: Call) -> float:
        """Enter the call, once there is room. 0: make it now. Else nothing may be sent for so many seconds:
        to a live call the budget says so at once, to others only while the chat is closed."""

    async def close(self, chat: str, seconds: float) -> None:
        """The platform wants to be left alone in this chat. No other chat hears of it."""


class OpenBudget:
    """No limits but those that the platform itself asks for, known to one process."""

    def __init__(self) -> None:
        self._closed_until: dict[str, float] = {}

    async def admit(self, call: Call) -> float:
        left = self._closed_until.get(call.chat, 0.0) - monotonic()
        if left > 0:
            return left
        self._closed_until.pop(call.chat, None)
        return 0.0

    async def close(self, chat: str, seconds: float) -> None:
        self._closed_until[chat] = max(self._closed_until.get(chat, 0.0), monotonic() + seconds)


@asynccontextmanager
async def within(budget: Budget, call: Call, patience: float | None = None) -> AsyncIterator[None]:
    """Make a call inside the budget. Raises DeliveryFailed if it may not be made now, or if its turn does
    not come within so many seconds; when the platform asks to wait, everybody waits with that chat."""
    try:
        async with asyncio.timeout(patience):  # The turn; the call itself takes what it takes.
            wait = await budget.admit(call)
    except TimeoutError:
        raise DeliveryFailed("no_turn") from None
    if wait:
        raise DeliveryFailed(f"left alone for {wait:.0f} s", retry_after=wait)
    try:
        yield
    except DeliveryFailed as failed:
        if failed.retry_after:
            await budget.close(call.chat, failed.retry_after)
        raise
