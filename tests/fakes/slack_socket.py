"""Slack's side of Socket Mode: addresses good for one connection, envelopes until they are acknowledged."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiohttp import WSMsgType, web

from tests.deadline import DEADLINE

DELIVERIES = 4  # The first and three repetitions.


class Changes:
    """Wakes those who wait for a condition whenever something happened."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def happened(self) -> None:
        self._event.set()

    async def until(self, condition: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
        try:
            async with asyncio.timeout(deadline):
                while not condition():
                    self._event.clear()
                    await self._event.wait()
        except TimeoutError:
            raise AssertionError(f"waited {deadline} s for {what}") from None


@dataclass
class Envelope:
    """One delivery, repeated until it is acknowledged."""

    id: str
    type: str
    payload: dict[str, Any]
    attempts: int = 0
    sent_at: float = 0.0
    acknowledged_in: float | None = None  # Seconds since the first attempt.
    answer: dict[str, Any] | None = None  # What the acknowledgement carried.

    def message(self) -> dict[str, Any]:
        repeats = self.attempts - 1
        repeated = {"retry_attempt": repeats, "retry_reason": "timeout"} if repeats else {}
        return {
            "envelope_id": self.id,
            "type": self.type,
            "payload": self.payload,
            "accepts_response_payload": self.type != "events_api",
            **repeated,
        }


class SocketMode:
    """Connections of the bot and what is delivered over them."""

    def __init__(self, changes: Changes, redeliver_after: float) -> None:
        self.connections = 0  # Ever made.
        self.refused = 0  # Addresses that were used before, or expired.
        self.lose_acknowledgements = False  # So that envelopes come again.
        self.expired = 0  # So many addresses to come are worthless.
        self._changes = changes
        self._redeliver_after = redeliver_after
        self._given = 0
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._envelopes: dict[str, Envelope] = {}
        self._deliveries: set[asyncio.Task[None]] = set()

    def new_ticket(self) -> str:
        self._given += 1
        ticket = f"ticket-{self._given}"
        if self.expired:
            self.expired -= 1
        else:
            self._tickets.add(ticket)
        return ticket

    def send(self, kind: str, payload: dict[str, Any]) -> Envelope:
        envelope = Envelope(f"envelope-{len(self._envelopes)}", kind, payload)
        self._envelopes[envelope.id] = envelope
        task = asyncio.get_running_loop().create_task(self._deliver(envelope))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
        return envelope

    def all_acknowledged(self) -> bool:
        return all(envelope.acknowledged_in is not None for envelope in self._envelopes.values())

    async def refresh(self) -> None:
        """Ask every connection to be replaced, as Slack does every few hours."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    async def hang_up(self) -> None:
        for socket in list(self._open):
            await socket.close()

    async def close(self) -> None:
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await self.hang_up()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            self.refused += 1
            self._changes.happened()
            return web.Response(status=408)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self._open) + 1})
        self._open.append(socket)
        self.connections += 1
        self._changes.happened()
        try:
            async for message in socket:
                assert message.type == WSMsgType.TEXT
                self._acknowledge(message.json())
        finally:
            self._open.remove(socket)
        return socket

    def _acknowledge(self, answer: dict[str, Any]) -> None:
        envelope = self._envelopes[answer["envelope_id"]]
        if not self.lose_acknowledgements and envelope.acknowledged_in is None:
            envelope.acknowledged_in = monotonic() - envelope.sent_at
            envelope.answer = answer.get("payload")
            self._changes.happened()

    async def _deliver(self, envelope: Envelope) -> None:
        for _ in range(DELIVERIES):
            try:
                await self._changes.until(lambda: bool(self._open), "a connection of the bot")
            except AssertionError:  # Over HTTP there is none; who waits for the acknowledgement says so.
                return
            envelope.sent_at = envelope.sent_at or monotonic()
            envelope.attempts += 1
            self._changes.happened()
            self._open.append(self._open.pop(0))  # Each envelope goes to one connection, in turn.
            with suppress(ConnectionError):
                await self._open[-1].send_json(envelope.message())
            with suppress(AssertionError):
                acknowledged = self._changes.until
                await acknowledged(lambda: envelope.acknowledged_in is not None, "", self._redeliver_after)
                return
