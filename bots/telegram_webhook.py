"""Telegram's updates over HTTP: nothing without the secret, and every update dealt with once."""

import asyncio
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import structlog
from aiohttp import web
from telegram import Bot, Update

from bots.telegram_polling import lane_of
from bots.telegram_shapes import Unreadable, read_update

log = structlog.get_logger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # What Telegram takes.
_MOST = 4 * 1024**2  # Bytes of one update.
_REMEMBERED = 10_000  # Updates.

Handle = Callable[[Update], Awaitable[None]]


class NoSecret(Exception):
    """Raised when a webhook has no secret that Telegram would take: anybody could pose as Telegram."""


def check_secret(secret: str) -> None:
    """Raises NoSecret."""
    if not _SECRET.fullmatch(secret):
        raise NoSecret("a webhook needs a secret of 1 to 256 characters of A-Z, a-z, 0-9, _ and -")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends updates, and where they are served. Raises NoSecret."""

    url: str  # As Telegram calls it: https://…; its path is served.
    listen: str
    port: int
    secret: str

    def __post_init__(self) -> None:
        check_secret(self.secret)

    def __repr__(self) -> str:
        return f"Webhook({self.url!r}, {self.listen!r}, {self.port})"

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


@asynccontextmanager
async def serving(webhook: Webhook, bot: Bot, handle: Handle) -> AsyncIterator[None]:
    """Serve updates while the context lasts; `handle` must not raise. Raises OSError if the port is taken."""
    turns = _Turns(handle)

    async def take(request: web.Request) -> web.Response:
        # As bytes: a header may hold what is no ASCII, which compare_digest refuses as text.
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, webhook.secret.encode()):
            log.warning("refused an update without the webhook's secret")
            return web.Response(status=403)
        try:
            content = json.loads(await request.read())
        except (ValueError, RecursionError):
            return web.Response(status=400)
        try:
            update = read_update(content, bot)
        except Unreadable as error:
            log.warning("cannot read an update", error=str(error))
            return web.Response()  # Else it comes again and again.
        await turns.take(update, lane_of(update))
        return web.Response()

    site = web.Application(client_max_size=_MOST)
    site.router.add_post(webhook.path, take)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, webhook.listen, webhook.port).start()
        yield
    finally:
        await runner.cleanup()


class _Turns:
    """One person's updates in one chat keep their order; what comes again is left alone."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._taken: dict[int, None] = {}
        # A lock stays as long as anybody holds it or waits for it.
        self._locks: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()

    async def take(self, update: Update, lane: tuple[int, int]) -> None:
        if update.update_id in self._taken:
            return
        self._taken[update.update_id] = None
        if len(self._taken) > _REMEMBERED:
            del self._taken[next(iter(self._taken))]
        async with self._locks.setdefault(lane, asyncio.Lock()):
            await self._handle(update)
