"""Connect to one Slack workspace over Socket Mode, and stay connected."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from bots.budget import Budget
from bots.courier import DeliveryFailed, PlaceClosed
from bots.messages import Inbox, ReplyFeed
from bots.slack_desk import Desk
from bots.slack_events import Account
from bots.slack_surface import call

log = structlog.get_logger(__name__)

CALL_TIMEOUT = 30.0  # Seconds for one call of the Web API.
_BAD_TOKEN = {
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
    """Raised when a token is missing, or Slack refuses it: trying again will not help."""


class SlackBot:
    """The bot in Slack, from the first connection until it is told to stop.

    `api_url` is the Web API's base if it is not Slack's own. `forms` are the names that `/poem` knows.
    `edit_interval` is the least time between live edits of one message, `look_every` the time between
    looks for undelivered answers, `ping_interval` between looks at the connection; all in seconds.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str,
        inbox: Inbox,
        feed: ReplyFeed,
        signing_secret: str | None = None,
        api_url: str | None = None,
        forms: Sequence[str] = (),
        edit_interval: float = 1.2,
        look_every: float = 15.0,
        ping_interval: float = 10.0,
        budget: Budget | None = None,
    ) -> None:
        self._bot_token = _present(bot_token, "bot token", "xoxb-", "xapp-")
        self._app_token = _present(app_token, "app token", "xapp-", "xoxb-")
        self._signing_secret = signing_secret or ""
        self._api_url = api_url or AsyncWebClient.BASE_URL
        self._inbox = inbox
        self._feed = feed
        self._forms = forms
        self._edit_interval = edit_interval
        self._ping_interval = ping_interval
        self._look_every = look_every
        self._budget = budget

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set. Raises TokenRefused."""
        serving = asyncio.create_task(self._serve())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    async def _serve(self) -> None:
        async with AsyncExitStack() as closing:
            session = await closing.enter_async_context(_session())
            client = self._client(session, self._bot_token)
            opening = client.apps_connections_open
            identity = await _signed_in(client.auth_test, "bot token")
            opened = await _signed_in(lambda: opening(app_token=self._app_token), "app token")
            bot = Account(str(identity.get("team_id") or ""), str(identity.get("user_id") or ""))
            desk = Desk(client, bot, self._inbox, self._feed, self._forms, self._edit_interval, self._budget)
            closing.push_async_callback(desk.close)
            app = self._app(self._client(session, None), identity)
            desk.attend(app)
            socket = AsyncSocketModeHandler(app, self._app_token, ping_interval=self._ping_interval)
            closing.push_async_callback(socket.close_async)  # First to close: what comes now comes again.
            socket.client.wss_uri = opened["url"]
            async with asyncio.TaskGroup() as group:
                group.create_task(socket.connect_async())  # type: ignore[no-untyped-call]
                group.create_task(self._keep_address_fresh(socket))
                group.create_task(desk.courier.resume_forever("slack", self._look_every))
                log.info("listening to Slack", team=bot.team)

    def _client(self, session: aiohttp.ClientSession, token: str | None) -> AsyncWebClient:
        # No retries inside: the courier knows which call is worth one.
        return AsyncWebClient(token, base_url=self._api_url, session=session, retry_handlers=[])

    def _app(self, client: AsyncWebClient, identity: AsyncSlackResponse) -> AsyncApp:
        account = AuthorizeResult.from_auth_test_response(
            bot_token=self._bot_token, auth_test_response=identity
        )

        async def authorize() -> AuthorizeResult:
            return account  # Bolt's own way asks Slack before it acknowledges.

        return AsyncApp(
            name="rhapsode",
            client=client,
            authorize=authorize,
            signing_secret=self._signing_secret,
            request_verification_enabled=bool(self._signing_secret),
        )

    async def _keep_address_fresh(self, socket: AsyncSocketModeHandler) -> None:
        """A socket's address is good for one connection; the SDK would try an old one for ever."""
        while True:
            await asyncio.sleep(self._ping_interval)
            if not await socket.client.is_connected():
                log.warning("no connection to Slack, asking for a new one")
                socket.client.wss_uri = None


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT))


def _present(token: str, what: str, prefix: str, others: str) -> str:
    """A token that can be meant. Never shows it."""
    if not token.strip():
        raise TokenRefused(f"Slack needs the {what} ({prefix}…); see docs/slack.md")
    if token.startswith(others):
        raise TokenRefused(f"This is no {what}: it begins with {others}, not {prefix}; are the two swapped?")
    return token.strip()


async def _signed_in(ask: Callable[[], Awaitable[AsyncSlackResponse]], what: str) -> AsyncSlackResponse:
    """Ask until Slack answers, ever more patiently. Raises TokenRefused, which no patience cures."""

    async def once() -> AsyncSlackResponse:
        try:
            return await call(ask())
        except (DeliveryFailed, PlaceClosed) as failed:
            if str(failed) in _BAD_TOKEN:
                raise TokenRefused(f"Slack refuses the {what}: {failed}; see docs/slack.md") from None
            log.warning("cannot sign in to Slack, trying again", reason=str(failed))
            raise

    again = retry_if_exception_type((DeliveryFailed, PlaceClosed))
    return await AsyncRetrying(retry=again, wait=wait_random_exponential(multiplier=0.5, max=60))(once)
