"""What the bot says besides its texts: within the budget, tried again, and no update waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import structlog

from bots.retrying import retrying
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed

log = structlog.get_logger(__name__)

CLOSING_PATIENCE = 5.0  # Seconds for what is on its way when the bot stops.

Step = Callable[[], Awaitable[object]]


class Errands:
    """Runs steps in the background; those of one chat in the order in which they were started."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._under_way: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def start(self, chat: str, step: Step) -> None:
        """A step that the chat does not take is an operator's log line."""
        turn = self._turns.setdefault(chat, asyncio.Lock())
        task = asyncio.create_task(_run(turn, step))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def busy(self, chat: str) -> bool:
        """Whether one started now would wait for others."""
        turn = self._turns.get(chat)
        return turn is not None and turn.locked()

    async def pause(self, seconds: float) -> bool:
        """Rest within a step. False, and at once, when the bot stops: there is time for one more try."""
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return True
        return False

    async def close(self) -> None:
        self._closing.set()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=CLOSING_PATIENCE)
            for task in late:
                task.cancel()


async def _run(turn: asyncio.Lock, step: Step) -> None:
    async with turn:
        try:
            await retrying(step, DeliveryFailed)
        except (DeliveryFailed, MessageGone, PlaceClosed) as error:
            log.warning("something did not reach its chat", why=str(error))
        except Exception as error:  # Nobody else would see it.
            log.exception("something could not be said", error=type(error).__name__)
