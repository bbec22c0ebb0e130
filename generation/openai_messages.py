"""What goes to an OpenAI-compatible server for one text, and what comes back piece by piece."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generation.engine import WritingRequest
from generation.openai_dialects import Dialect
from generation.openai_trouble import ServerTrouble
from generation.turns import without_system

# The two ends of a whole text; anything else ("content_filter", "abort") is none.
_ENDS = ("stop", "length")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as it arrives."""

    text: str = ""
    finish_reason: str | None = None
    tokens: int | None = None  # Written so far, where the server counts along.
    prompt_tokens: int | None = None


def body_of(
    request: WritingRequest, model: str, safe: Callable[[str], str], dialect: Dialect
) -> dict[str, Any]:
    """The body of a chat completion."""
    turns = request.messages if dialect.system else without_system(request.messages)
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn["role"], "content": safe(turn["content"])} for turn in turns],
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": request.seed,
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
        "max_tokens": request.max_new_tokens,
    }
    if dialect.thinking:
        body["chat_template_kwargs"] = {"enable_thinking": False}
    if dialect.extras:
        body["repetition_penalty"] = request.sampling.repetition_penalty
        body["stream_options"]["continuous_usage_stats"] = True
    return body


def piece_of(data: str) -> Piece:
    """One event of the stream. Raises ServerTrouble."""
    try:
        chunk = json.loads(data)
        if chunk.get("error"):
            raise ServerTrouble("the server reports an error in its stream", again=True)
        choice = chunk["choices"][0] if chunk.get("choices") else {}
        text = (choice.get("delta") or {}).get("content") or ""
        usage = chunk.get("usage") or {}
        tokens, prompt_tokens = usage.get("completion_tokens"), usage.get("prompt_tokens")
        reason = choice.get("finish_reason")
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise _unreadable() from error
    if not isinstance(text, str) or not all(isinstance(n, int | None) for n in (tokens, prompt_tokens)):
        raise _unreadable()
    if reason is not None and reason not in _ENDS:
        raise ServerTrouble("the server ended the text for a reason of its own")
    return Piece(text, reason, tokens, prompt_tokens)


def _unreadable() -> ServerTrouble:
    return ServerTrouble("the server's stream cannot be read", again=True)
