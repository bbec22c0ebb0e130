"""Sign in to Slack: with tokens that can be meant, as patiently as it takes."""

from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from bots.slack_calls import call
from bots.surface import DeliveryFailed, PlaceClosed

log = structlog.get_logger(__name__)

BAD_TOKEN = {
    "account_inactive",
    "invalid_auth",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "token_expired",
    "token_revoked",
}


class TokenRefused(Exception):
    """Raised when a token or a secret is missing, or Slack refuses it: trying again will not help."""


def present(token: str, what: str, prefix: str, others: str) -> str:
    """A token that can be meant. Never shows it."""
    if not token.strip():
        raise TokenRefused(f"Slack needs the {what} ({prefix}…); see docs/slack.md")
    if token.startswith(others):
        raise TokenRefused(f"This is no {what}: it begins with {others}, not {prefix}; are the two swapped?")
    return token.strip()


async def signed_in(ask: Callable[[], Awaitable[AsyncSlackResponse]], what: str) -> AsyncSlackResponse:
    """Ask until Slack answers, ever more patiently. Raises TokenRefused, which no patience cures."""

    async def once() -> AsyncSlackResponse:
        try:
            return await call(ask())
        except (DeliveryFailed, PlaceClosed) as failed:
            if str(failed) in BAD_TOKEN:
                raise TokenRefused(f"Slack refuses the {what}: {failed}; see docs/slack.md") from None
            log.warning("cannot sign in to Slack, trying again", reason=str(failed))
            raise

    again = retry_if_exception_type((DeliveryFailed, PlaceClosed))
    return await AsyncRetrying(retry=again, wait=wait_random_exponential(multiplier=0.5, max=60))(once)
