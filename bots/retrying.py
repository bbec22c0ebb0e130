"""Try again what may fail for a while, as patiently as the platform asks."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random,
)
from tenacity.stop import stop_base

from bots.surface import DeliveryFailed

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

ATTEMPTS = 6  # With the pauses below, about 15 s; then the next look for pending prompts tries again.
_BACK_OFF = wait_exponential(multiplier=0.5, max=20) + wait_random(0, 1)
_ENOUGH = stop_after_attempt(ATTEMPTS)
_RECORDING = stop_after_delay(600)  # Seconds for which a database that is away is tried again.


def _pause(state: RetryCallState) -> float:
    """Exponential with jitter, and never less than the platform asks for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, DeliveryFailed) else 0.0
    return max(asked, _BACK_OFF(state))


async def retrying(
    step: Callable[[], Awaitable[T]],
    on: type[E],
    stop: stop_base = _ENOUGH,
    worth: Callable[[E], bool] = lambda _: True,
) -> T:
    """Repeat a step that may fail for a while, as far as its error is worth it. Raises its last error."""
    again = retry_if_exception(lambda error: isinstance(error, on) and worth(error))
    attempts = AsyncRetrying(retry=again, wait=_pause, stop=stop, reraise=True)

    async def attempt() -> T:  # tenacity would not await what a lambda returns.
        return await step()

    return await attempts(attempt)


async def recording(step: Callable[[], Awaitable[T]]) -> T:
    """Repeat what nobody can be told of and only the database can refuse. Raises its last error."""
    return await retrying(step, Exception, stop=_RECORDING)
