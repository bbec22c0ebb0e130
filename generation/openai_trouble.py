"""What can go wrong with a server, in one sentence each, without keys and without readers' texts."""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx2

_MOST_WAIT = 30.0  # Seconds: whoever is told to wait longer goes back to the queue.
_BUSY = {408, 409, 425, 429, 502, 503, 504}  # The server, or what stands before it, is away or full.
_KEY_REFUSED = {401, 403}
_NAME = re.compile(r"\w{1,40}")


class ServerTrouble(Exception):
    """Raised when the server does not do what it was asked; the message is one sentence."""

    def __init__(
        self,
        why: str,
        *,
        again: bool = False,
        away: bool = False,
        status: int | None = None,
        after: float | None = None,
        kind: str = "",
    ) -> None:
        super().__init__(why)
        self.why = why
        self.again = again  # Another try may help.
        self.away = away  # Not the fault of this request: it may wait for better times.
        self.status = status
        self.after = after  # Seconds to wait before another try, as the server says.
        self.kind = kind  # The server's own name for the error.

    @property
    def passing(self) -> bool:
        """Says nothing about what was asked: the server is away, or refuses our key."""
        return self.away or self.status in _KEY_REFUSED


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer that is no success."""

    status: int
    body: bytes
    retry_after: str | None = None


def trouble_of(answer: Answer, model: str = "") -> ServerTrouble:
    """What an answer of 400 or more means for one request."""
    status, kind = answer.status, kind_of(answer.body)
    named = f"{status} {kind}".strip()
    if status in _KEY_REFUSED:
        return ServerTrouble(f"the server refuses the key ({named}): check openai_api_key", status=status)
    if status == 404:
        why = f"the server does not know the model {model!r} ({named}): check openai_model and openai_url"
        return ServerTrouble(why, status=status, kind=kind)
    if status in _BUSY:
        after = _seconds(answer.retry_after)
        again = after is None or after <= _MOST_WAIT
        why = f"the server is busy or away ({named})"
        return ServerTrouble(why, again=again, away=True, status=status, after=after, kind=kind)
    if status >= 500:
        return ServerTrouble(f"the server failed ({named})", again=True, status=status, kind=kind)
    return ServerTrouble(f"the server refuses the request ({named})", status=status, kind=kind)


def trouble_on_the_way(error: Exception) -> ServerTrouble:
    """What an error of the connection means."""
    if isinstance(error, httpx2.TimeoutException):
        return ServerTrouble("the server does not answer in time", again=True, away=True)
    if isinstance(error, httpx2.SSEError):
        return ServerTrouble("the server does not stream: is openai_url that of an OpenAI-compatible API?")
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return ServerTrouble("the server's address cannot be used: check openai_url")
    if isinstance(error, httpx2.ConnectError):
        return ServerTrouble("the server cannot be reached: check openai_url", again=True, away=True)
    return ServerTrouble("the connection to the server broke", again=True, away=True)


def kind_of(body: bytes) -> str:
    """The server's name for an error, if it is a plain word: anything longer may quote a reader."""
    error = error_in(body)
    for name in (error.get("type"), error.get("code")):
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
    return ""


def error_in(body: bytes) -> dict[str, Any]:
    """The error of a body: `{"error": {…}}` as OpenAI has it, or bare as vLLM had it before."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    error = content.get("error", content) if isinstance(content, dict) else {}
    return error if isinstance(error, dict) else {}


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; its other spelling, a date, is not used by these servers."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
