"""Which answers a courier delivers, where a platform has couriers in several processes."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence, Set
from time import monotonic
from typing import Any

import structlog

from bots.delivery_threads import in_delivery_thread
from bots.messages import Pending, ReplyFeed

log = structlog.get_logger(__name__)

KEPT = 6.0  # Seconds: what a courier is silent about for so long, another one takes over.
RENEWED = 2.0  # Seconds between two words on what is under way.
_FRESH = 3.0  # Seconds in which a claim that was kept is surely still ours.
BEGUN = 15.0  # Seconds in which the process that was asked has surely begun.


class Claims:
    """The claims of one courier, kept where all processes see them."""

    def __init__(self, feed: ReplyFeed) -> None:
        self._feed = feed
        self._courier = secrets.token_hex(8)
        self._kept_at: dict[int, float] = {}  # By prompt: when we last knew it to be ours.

    async def anothers(self, prompt_id: int) -> bool:
        """Claim a prompt. True if another courier has it, or has delivered it."""
        if monotonic() - self._kept_at.get(prompt_id, -KEPT) < _FRESH:
            return False
        return bool(await self._keep([prompt_id]))

    async def left_behind(self, platform: str, workspace: str) -> Sequence[Pending]:
        """Claim what no courier keeps; nothing while the database is away."""
        take_over = self._feed.take_over
        try:
            return await in_delivery_thread(take_over, platform, self._courier, KEPT, BEGUN, workspace)
        except Exception:  # Whoever looks must outlive a database that is away.
            log.exception("could not look for undelivered answers", platform=platform)
            return ()

    async def renew_forever(self, under_way: Mapping[int, asyncio.Task[Any]]) -> None:
        """Keep what is under way; stop what another courier has taken over."""
        while True:
            await asyncio.sleep(RENEWED)
            try:
                lost = await self._keep(list(under_way))
            except Exception:  # As above.
                log.exception("could not keep what is under way")
                continue
            for prompt_id in lost:
                log.warning("another process delivers this answer", prompt_id=prompt_id)
                if task := under_way.get(prompt_id):
                    task.cancel()
            for ended in self._kept_at.keys() - under_way.keys():
                del self._kept_at[ended]

    async def _keep(self, prompt_ids: Sequence[int]) -> Set[int]:
        """Those that another courier has."""
        asked_at = monotonic()
        anothers = set(await in_delivery_thread(self._feed.keep, prompt_ids, self._courier, KEPT))
        self._kept_at |= dict.fromkeys(prompt_ids, asked_at)
        for prompt_id in anothers:
            del self._kept_at[prompt_id]
        return anothers

    async def let_go(self) -> None:
        """Leave all to others, as far as they can be told."""
        try:
            await in_delivery_thread(self._feed.let_go, self._courier)
        except Exception:  # They will find out in a while.
            log.exception("could not let go of what was under way")
