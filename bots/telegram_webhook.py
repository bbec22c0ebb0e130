"""Take updates that Telegram posts: only with the secret token, and answered within a second."""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import structlog
from aiohttp import web
from telegram import Bot, Update

from bots.telegram_polling import ALLOWED_UPDATES, lane_of, persistently, to_update, unless_stopped

log = structlog.get_logger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # What Telegram takes.
_ACKNOWLEDGE_WITHIN = 0.8  # Seconds; what takes longer goes on behind the answer.
_LARGEST = 1024**2  # Bytes of an update.
_CLOSING_PATIENCE = 5.0  # Seconds for what was acknowledged and is not dealt with yet.


class BadWebhook(Exception):
    """Raised when a webhook would take what anybody sends."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts updates (`url`), and where we listen for them. Raises BadWebhook."""

    url: str
    listen: str
    port: int
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _SECRET.fullmatch(self.secret):
            raise BadWebhook("a webhook needs a secret of 1 to 256 letters, digits, _ or -")
        if urlsplit(self.url).scheme not in {"http", "https"}:
            raise BadWebhook("a webhook needs an address that begins with https://")

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


class WebhookServer:
    """Listens, checks and hands over. `handle` must not raise."""

    def __init__(self, webhook: Webhook, bot: Bot, handle: Callable[[Update], Awaitable[None]]) -> None:
        self._webhook = webhook
        self._bot = bot
        self._handle = handle
        self._lanes: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        self._work: set[asyncio.Task[None]] = set()

    async def serve(self, stop: asyncio.Event) -> None:
        """Take updates until `stop` is set."""
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_post(self._webhook.path, self._take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._webhook.listen, self._webhook.port).start()
            if await unless_stopped(persistently(self._tell_telegram), stop):
                log.info("telegram webhook is set", port=self._webhook.port)
                await stop.wait()
        finally:
            await runner.cleanup()
            if self._work:
                await asyncio.wait(self._work, timeout=_CLOSING_PATIENCE)

    async def _tell_telegram(self) -> bool:
        return await self._bot.set_webhook(
            self._webhook.url, secret_token=self._webhook.secret, allowed_updates=ALLOWED_UPDATES
        )

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._webhook.secret.encode()):
            return web.Response(status=403)
        try:
            told = json.loads(await request.read())
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not isinstance(told, dict):
            return web.Response(status=400)
        update = to_update(told, self._bot)
        if update:  # What is malformed would come again for ever if it were refused.
            task = asyncio.create_task(self._in_turn(update))
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            await asyncio.wait({task}, timeout=_ACKNOWLEDGE_WITHIN)
        return web.Response(status=200)

    async def _in_turn(self, update: Update) -> None:
        """Updates of one person in one chat keep their order."""
        lock = self._lanes.setdefault(lane_of(update), asyncio.Lock())
        async with lock:
            await self._handle(update)
