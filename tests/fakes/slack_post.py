"""Slack's requests over HTTP, signed as Slack signs them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class SlackPost:
    """Posts to one address."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session = session
        self._url = url
        self._signer = SignatureVerifier(secret)

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str, secret: str) -> AsyncIterator["SlackPost"]:
        async with aiohttp.ClientSession() as session:
            yield cls(session, url, secret)

    async def event(self, payload: Any, **more: Any) -> tuple[int, str]:
        return await self.send(json.dumps(payload), "application/json", **more)

    async def interactive(self, payload: Any) -> tuple[int, str]:
        return await self.form({"payload": json.dumps(payload)})

    async def form(self, fields: dict[str, Any]) -> tuple[int, str]:
        return await self.send(urlencode(fields, errors="replace"), "application/x-www-form-urlencoded")

    async def send(
        self,
        body: str | bytes,
        kind: str,
        *,
        age: float = 0.0,
        stamp: str = "",
        signature: str = "",
        **more: str,
    ) -> tuple[int, str]:
        """Status and text of the answer. `age` is the request's, in seconds."""
        stamp = stamp or str(int(time.time() - age))
        text = body if isinstance(body, str) else body.decode("latin-1")
        signed = signature or self._signer.generate_signature(timestamp=stamp, body=text) or ""
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed}
        async with self._session.post(self._url, data=body, headers=headers | more) as answer:
            return answer.status, await answer.text()

    async def answered(self, server: asyncio.Task[None]) -> None:
        """Returns once the server listens."""
        while not server.done():
            try:
                await self.event({"type": "url_verification", "challenge": "there?"})
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)  # Nothing tells when a port opens.
            else:
                return
