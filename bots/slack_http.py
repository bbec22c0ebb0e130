"""Slack's requests over HTTP: nothing unsigned, nothing old, and every answer at once."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

log = structlog.get_logger(__name__)

PATH = "/slack/events"  # For events, commands, interactivity alike.
_MOST = 4 * 1024**2  # Bytes of one request.


@asynccontextmanager
async def serving(app: AsyncApp, secret: str, host: str, port: int) -> AsyncIterator[None]:
    """Serve Slack's requests there while the context lasts. Raises OSError if the port is taken."""
    verifier = SignatureVerifier(secret)

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        headers: dict[str, str | Sequence[str]] = {**request.headers}
        if not signed(verifier, body, request.headers):
            log.warning("refused a request that Slack has not signed")
            return web.Response(status=401)
        try:
            read = AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=headers)
            return await to_aiohttp_response(await app.async_dispatch(read))
        except Exception as error:  # noqa: BLE001 - Signed, but nothing that Bolt can read.
            log.warning("cannot read what Slack sent", error=type(error).__name__)
            return web.Response()  # Else it comes three times more.

    site = web.Application(client_max_size=_MOST)
    site.router.add_post(PATH, take)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


def signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether Slack signed these bytes in the last five minutes."""
    try:
        return verifier.is_valid_request(body, headers)
    except (TypeError, ValueError, OverflowError):  # A timestamp that is none, what is no text.
        return False
