"""How long Slack may refuse an answer before it is given up: some refusals never end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from bots.slack_calls import passing
from bots.slack_sign_in import BAD_TOKEN
from bots.surface import DeliveryFailed

PATIENCE = 600.0  # Seconds for what no wait is known to cure.
OPERATORS_PATIENCE = 24 * 3600.0  # For what whoever runs the bot can put right, such as a revoked token.
_REMEMBERED = 1000  # Refusals, the newest.


@dataclass(slots=True)
class Refusals:
    """Since when which prompt's answer is refused, and why."""

    patience: float = PATIENCE
    operators_patience: float = OPERATORS_PATIENCE
    now: Callable[[], float] = monotonic
    _since: dict[tuple[int, str], float] = field(default_factory=dict)

    def final(self, prompt_id: int, failed: DeliveryFailed) -> bool:
        """Whether the same has been refused for too long. What passes by itself is never final."""
        if not prompt_id or passing(failed):
            return False
        reason = str(failed)
        since = self._since.setdefault((prompt_id, reason), self.now())
        if len(self._since) > _REMEMBERED:
            del self._since[next(iter(self._since))]
        return self.now() - since >= (self.operators_patience if reason in BAD_TOKEN else self.patience)
