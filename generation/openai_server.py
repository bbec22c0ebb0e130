"""The conversation with one OpenAI-compatible server over HTTP; vLLM's adapter endpoints included."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from generation.openai_messages import Piece, piece_of
from generation.openai_trouble import Answer, ServerTrouble, trouble_of, trouble_on_the_way

_DONE = "[DONE]"
_twice = retry(
    retry=retry_if_exception(lambda error: isinstance(error, ServerTrouble) and error.again),
    wait=wait_random_exponential(multiplier=0.25, max=2),
    stop=stop_after_attempt(2),
    reraise=True,
)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server is, and its name for the base model."""

    url: str  # With its "/v1"; added if there is no path at all.
    model: str
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the server may take; seconds."""

    connect: float = 5.0
    silence: float = 60.0  # Between two pieces of a text, and before the first one.
    whole: float = 600.0  # One text from first to last.
    adapter: float = 120.0  # Loading an adapter.
    settle: float = 1.0  # Until a server has noticed that a stream was closed.
    attempts: int = 4  # Tries of one request before its first piece.


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What a server offers us."""

    model: bool  # It knows the base model.
    adapters: bool  # It loads adapters at run time.


class OpenAIServer:
    """Belongs to one event loop."""

    def __init__(self, address: ServerAddress, patience: Patience | None = None) -> None:
        """Raises ServerTrouble if the address is none."""
        self.address = address
        self.patience = patience or Patience()
        with _translated():
            self._client = httpx2.AsyncClient(
                base_url=_with_version(address.url),
                headers={"Authorization": f"Bearer {address.key}"} if address.key else {},
                timeout=httpx2.Timeout(self.patience.silence, connect=self.patience.connect),
                # How much is asked at once is the engine's business.
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=16),
            )

    async def stream(self, body: dict[str, Any]) -> AsyncGenerator[Piece]:
        """A text piece by piece; the server stops when this is closed. Raises ServerTrouble."""
        finished = False
        try:
            with _translated():
                async with self._client.sse("chat/completions", method="POST", json=body) as source:
                    await _refuse(source.response, body["model"])
                    events = cast("AsyncGenerator[httpx2.ServerSentEvent]", aiter(source))
                    async with aclosing(events):
                        async for event in events:
                            if event.data == _DONE:
                                break
                            piece = piece_of(event.data)
                            finished = finished or piece.finish_reason is not None
                            yield piece
        except ServerTrouble:
            if not finished:  # What breaks behind the end of a text does not harm it.
                raise
        if not finished:
            raise ServerTrouble("the server's stream broke off", again=True, away=True)

    async def models(self) -> dict[str, str | None]:
        """Names that the server answers to, each with its path if the server tells. Raises ServerTrouble."""
        with _translated():
            response = await self._client.get("models")
            await _refuse(response, "")
        try:
            return {str(model["id"]): model.get("root") for model in response.json()["data"]}
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise ServerTrouble("the server's list of models cannot be read: check openai_url") from error

    async def adapters(self, action: str, **fields: str) -> Answer:
        """`load` or `unload` an adapter; the answer, whatever it is. Raises ServerTrouble."""
        with _translated():
            response = await self._client.post(
                f"{action}_lora_adapter", json=fields, timeout=self.patience.adapter
            )
        return Answer(response.status_code, response.content)

    async def look(self) -> ServerReport:
        """What the server offers, without changing anything on it. Raises ServerTrouble."""
        known = await self._lists() or await self._writes()
        # vLLM answers 400 to an empty name; a server without the endpoint answers 404 or 405.
        answer = await self.adapters("unload", lora_name="")
        return ServerReport(model=known, adapters=answer.status in {400, 422})

    async def close(self) -> None:
        await self._client.aclose()

    @_twice
    async def _lists(self) -> bool:
        try:
            return self.address.model in await self.models()
        except ServerTrouble as trouble:
            if trouble.passing:
                raise
            return False  # `transformers serve` lists only its download cache, and fails if there is none.

    @_twice
    async def _writes(self) -> bool:
        """Does the server write with the model, though it does not list it?"""
        messages = [{"role": "user", "content": "A word."}]
        body = {"model": self.address.model, "messages": messages, "stream": True, "max_tokens": 1}
        try:
            async with aclosing(self.stream(body)) as pieces:
                async for _ in pieces:
                    return True
        except ServerTrouble as trouble:
            if trouble.passing:
                raise
        return False


def _with_version(url: str) -> str:
    parsed = httpx2.URL(url)
    return str(parsed.copy_with(path="/v1")) if parsed.path in {"", "/"} else url


async def _refuse(response: httpx2.Response, model: str) -> None:
    if response.status_code >= 400:
        body = await response.aread()
        raise trouble_of(Answer(response.status_code, body, response.headers.get("Retry-After")), model)
    if response.status_code >= 300:
        raise ServerTrouble("the server sends us elsewhere: check openai_url", status=response.status_code)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise trouble_on_the_way(error) from error
