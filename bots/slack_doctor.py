"""Look at a Slack app from outside: tokens, scopes, socket, clock; and say what to do for each finding."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bots.findings import Finding
from bots.slack_calls import call
from bots.slack_desk import SCOPES
from bots.slack_sign_in import BAD_TOKEN, TokenRefused, present
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed

_PATIENCE = 10.0  # Seconds for one call.
_MOST_SKEW = 60.0  # Seconds; past 300 every signature is too old.
_MANIFEST = "docs/slack-manifest.json"


async def examine(
    *,
    bot_token: str,
    app_token: str = "",
    signing_secret: str = "",
    over_http: bool = False,
    api_url: str | None = None,
    now: Callable[[], float] = time.time,
) -> list[Finding]:
    """What an operator should know before the bot starts. Changes nothing, and shows no token."""
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        url = api_url or AsyncWebClient.BASE_URL
        client = AsyncWebClient(base_url=url, session=session, retry_handlers=[])
        signed_in, found = await _bot(client, bot_token)
        if signed_in:
            found += [_scopes(signed_in.headers), _clock(signed_in.headers, now())]
        return [*found, _secret(signing_secret) if over_http else await _socket(client, app_token)]


async def _bot(client: AsyncWebClient, token: str) -> tuple[AsyncSlackResponse | None, list[Finding]]:
    try:
        known = present(token, "bot token", "xoxb-", "xapp-")
        answer = await call(client.auth_test(token=known))
    except TokenRefused as refused:
        return None, [Finding("bot token", False, str(refused))]
    except (DeliveryFailed, MessageGone, PlaceClosed) as failed:
        return None, [Finding("bot token", False, _advice(str(failed), "the bot token (xoxb-…) again"))]
    said = f"signed in as {answer.get('user')} in {answer.get('team') or answer.get('team_id')}"
    return answer, [Finding("bot token", True, said)]


async def _socket(client: AsyncWebClient, token: str) -> Finding:
    try:
        known = present(token, "app token", "xapp-", "xoxb-")
        await call(client.apps_connections_open(app_token=known))
    except TokenRefused as refused:
        return Finding("socket", False, str(refused))
    except (DeliveryFailed, MessageGone, PlaceClosed) as failed:
        copy = "the app token (xapp-…) again; it needs the scope connections:write, and the app Socket Mode"
        return Finding("socket", False, _advice(str(failed), copy))
    return Finding("socket", True, "Slack gives a connection")


def _secret(secret: str) -> Finding:
    if not secret.strip():
        said = "HTTP needs the signing secret: Basic Information, App Credentials, Signing Secret"
        return Finding("signing secret", False, said)
    return Finding(
        "signing secret", True, "is set; only a request from Slack can tell whether it is the right one"
    )


def _scopes(headers: Mapping[str, str]) -> Finding:
    """Those of the manifest against those that the token has."""
    named = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    if named is None:
        return Finding("scopes", True, "Slack does not say which the token has")
    missing = sorted(set(SCOPES) - {scope.strip() for scope in named.split(",")})
    if missing:
        said = f"missing: {', '.join(missing)}; paste {_MANIFEST} under App Manifest, then reinstall the app"
        return Finding("scopes", False, said)
    return Finding("scopes", True, "all that are used")


def _clock(headers: Mapping[str, str], now: float) -> Finding:
    """This machine's clock against Slack's."""
    date = {name.lower(): value for name, value in headers.items()}.get("date", "")
    try:
        skew = now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return Finding("clock", True, "Slack does not say what time it is")
    if abs(skew) > _MOST_SKEW:
        side = "ahead of" if skew > 0 else "behind"
        said = f"{abs(skew):.0f} s {side} Slack's; synchronise it (NTP), or signed requests are refused"
        return Finding("clock", False, said)
    return Finding("clock", True, f"within {_MOST_SKEW:.0f} s of Slack's")


def _advice(reason: str, copy: str) -> str:
    if reason in BAD_TOKEN:
        return f"Slack refuses it: {reason}; copy {copy}"
    return f"no answer from Slack: {reason}; is the network open, and RHAPSODE_SLACK_API_URL right?"
