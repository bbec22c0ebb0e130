"""Connect to one Slack workspace, over Socket Mode or as a web server, and stay connected."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bots.budget import Budget
from bots.herald import Herald
from bots.messages import Inbox, ReplyFeed
from bots.notices import NoticeBoard
from bots.operators import Operators
from bots.readers import Readers
from bots.seen import Seen
from bots.slack_desk import Desk
from bots.slack_events import Account
from bots.slack_http import serving
from bots.slack_sign_in import TokenRefused, present, signed_in
from bots.slack_workspace import Workspace

__all__ = ["SlackBot", "TokenRefused"]

log = structlog.get_logger(__name__)

CALL_TIMEOUT = 30.0  # Seconds for one call of the Web API.


class _Socket(AsyncSocketModeHandler):
    """Acknowledges even what Bolt cannot read: else Slack sends it three times more."""

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        try:
            await super().handle(client, req)  # type: ignore[arg-type] # Bolt narrows what it need not.
        except Exception as error:  # noqa: BLE001 - Whatever Slack may send, the next must be heard.
            log.warning("cannot read what Slack sent", error=type(error).__name__)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))


async def _acknowledge_junk(
    client: AsyncBaseSocketModeClient, message: dict[str, Any], _: str | None
) -> None:
    """What the SDK makes no request of never reaches a handler."""
    envelope = message.get("envelope_id")
    readable = "type" in message and isinstance(message.get("payload"), dict | str)
    if isinstance(envelope, str) and not readable:
        log.warning("cannot read what Slack sent", kind="envelope")
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=envelope))


class SlackBot:
    """The bot in Slack, from the first connection until it is told to stop.

    `api_url` is the Web API's base if it is not Slack's own. `forms` are the words that `/poem` knows.
    `ai_notice` says under every piece who wrote it. `reactions` are verdicts from -1 to 1 by Slack's names
    of reactions, instead of the usual ones. `http`, host and port, has Slack's requests come there, signed,
    instead of over Socket Mode. `edit_interval` is the least time between live edits of one message,
    `look_every` the time between looks for undelivered answers, `ping_interval` between looks at the
    connection; all in seconds. `alive` is called at each such look that finds one. `seen` knows what Slack
    sends again after a restart, or to another process.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str = "",
        inbox: Inbox,
        feed: ReplyFeed,
        readers: Readers,
        operators: Operators,
        signing_secret: str | None = None,
        api_url: str | None = None,
        forms: Sequence[str] = (),
        ai_notice: bool = False,
        reactions: Mapping[str, float] | None = None,
        http: tuple[str, int] | None = None,
        edit_interval: float = 1.2,
        look_every: float = 15.0,
        ping_interval: float = 10.0,
        budget: Budget | None = None,
        alive: Callable[[], None] = lambda: None,
        notices: NoticeBoard | None = None,
        seen: Seen | None = None,
    ) -> None:
        self._bot_token = present(bot_token, "bot token", "xoxb-", "xapp-")
        self._app_token = "" if http else present(app_token, "app token", "xapp-", "xoxb-")
        self._signing_secret = (signing_secret or "").strip()
        if http and not self._signing_secret:
            raise TokenRefused("Slack over HTTP needs the app's signing secret; see docs/slack.md")
        self._api_url = api_url or AsyncWebClient.BASE_URL
        self._http = http
        self._inbox = inbox
        self._feed = feed
        self._readers = readers
        self._operators = operators
        self._forms = forms
        self._ai_notice = ai_notice
        self._reactions = reactions
        self._edit_interval = edit_interval
        self._ping_interval = ping_interval
        self._look_every = look_every
        self._budget = budget
        self._alive = alive
        self._notices = notices
        self._seen = seen

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
            identity = await signed_in(client.auth_test, "bot token")
            address = "" if self._http else await self._address(client)
            bot = Account(str(identity.get("team_id") or ""), str(identity.get("user_id") or ""))
            desk = self._desk(client, bot)
            closing.push_async_callback(desk.close)
            app = self._app(self._client(session, None), identity)
            desk.attend(app)
            if self._http:  # First to close, as is the socket: what comes now comes again.
                await closing.enter_async_context(serving(app, self._signing_secret, *self._http))
            async with asyncio.TaskGroup() as group:
                if self._http:
                    group.create_task(self._stay_alive())
                else:
                    self._connect(app, address, closing, group)
                group.create_task(desk.courier.resume_forever("slack", self._look_every, bot.team))
                if self._notices:
                    herald = Herald(self._notices, "slack", bot.team, desk.channel)
                    group.create_task(herald.announce_forever(self._look_every))
                log.info("listening to Slack", team=bot.team)

    async def _address(self, client: AsyncWebClient) -> str:
        opening = client.apps_connections_open
        opened = await signed_in(lambda: opening(app_token=self._app_token), "app token")
        return str(opened["url"])

    def _connect(
        self, app: AsyncApp, address: str, closing: AsyncExitStack, group: asyncio.TaskGroup
    ) -> None:
        socket = _Socket(app, self._app_token, ping_interval=self._ping_interval)
        closing.push_async_callback(socket.close_async)
        socket.client.wss_uri = address
        socket.client.message_listeners.append(_acknowledge_junk)
        group.create_task(socket.connect_async())  # type: ignore[no-untyped-call]
        group.create_task(self._keep_address_fresh(socket))

    def _desk(self, client: AsyncWebClient, bot: Account) -> Desk:
        workspace = Workspace(
            client,
            bot,
            self._inbox,
            self._readers,
            self._operators,
            forms=self._forms,
            ai_notice=self._ai_notice,
            reactions=self._reactions,
            budget=self._budget,
            seen=self._seen,
        )
        return Desk(workspace, self._feed, self._edit_interval)

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
            request_verification_enabled=False,  # Verified before Bolt reads it.
            raise_error_for_unhandled_request=True,  # That the desk can acknowledge it.
        )

    async def _keep_address_fresh(self, socket: _Socket) -> None:
        """A socket's address is good for one connection; the SDK would try an old one for ever."""
        while True:
            await asyncio.sleep(self._ping_interval)
            if await socket.client.is_connected():
                self._alive()
            else:
                log.warning("no connection to Slack, asking for a new one")
                socket.client.wss_uri = None

    async def _stay_alive(self) -> None:
        """Over HTTP it is Slack that connects: nothing is to be seen but that we serve."""
        while True:
            self._alive()
            await asyncio.sleep(self._ping_interval)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT))
