"""Try again what may fail for a while, as patiently as the platform asks."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)
from tenacity.stop import stop_base

from bots.surface import DeliveryFailed

T = TypeVar("T")

ATTEMPTS = 6  # With the pauses below, about 15 s; then the next look for pending prompts tries again.
_BACK_OFF = wait_exponential(multiplier=0.5, max=20) + wait_random(0, 1)
_ENOUGH = stop_after_attempt(ATTEMPTS)
RECORDING = 600.0  # Seconds for which a database that is away is tried again.


def _pause(state: RetryCallState) -> float:
    """Exponential with jitter, and never less than the platform asks for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, DeliveryFailed) else 0.0
    return max(asked, _BACK_OFF(state))


async def retrying(step: Callable[[], Awaitable[T]], on: type[Exception], stop: stop_base = _ENOUGH) -> T:
    """Repeat a step that may fail for a while. Raises its last error."""
    attempts = AsyncRetrying(retry=retry_if_exception_type(on), wait=_pause, stop=stop, reraise=True)

    async def attempt() -> T:  # tenacity would not await what a lambda returns.
        return await step()

    return await attempts(attempt)
