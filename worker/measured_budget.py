"""The budget of a platform's calls with its figures: how long calls wait, and which are left out."""

from time import monotonic

from bots.budget import Budget, Call
from worker.metrics import asking


class MeasuredBudget:
    def __init__(self, budget: Budget, platform: str) -> None:
        self._budget = budget
        self._platform = platform

    async def admit(self, call: Call) -> float:
        began = monotonic()
        wait = await self._budget.admit(call)
        if wait:
            asking.CALLS_LEFT_OUT.labels(self._platform).inc()
        else:
            asking.CALL_WAIT.labels(self._platform).observe(monotonic() - began)
        return wait

    async def close(self, chat: str, seconds: float) -> None:
        asking.RATE_LIMITED.labels(self._platform).inc()
        await self._budget.close(chat, seconds)


def _conforms(budget: MeasuredBudget) -> Budget:
    """Lets the type checker hold MeasuredBudget against the Protocol."""
    return budget
