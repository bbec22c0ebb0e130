"""One text by an OpenAI-compatible server: tried again, reloaded, in words that the server takes."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity import wait_random_exponential as random_exponential

from generation.control_tokens import defuse
from generation.line_stop import cut_at_lines
from generation.openai_dialects import Dialect, dialects_of
from generation.openai_messages import body_of
from generation.openai_server import OpenAIServer, Patience
from generation.openai_ticket import Job
from generation.openai_trouble import ServerTrouble
from generation.served_adapters import ServedAdapters

if TYPE_CHECKING:  # Importing transformers takes seconds, and a server's tokenizer may not be here.
    from transformers import PreTrainedTokenizerBase

log = structlog.get_logger(__name__)

_REFUSES = {400, 422}  # What a server answers to a field, or a turn, that it does not take.


class OpenAIWriting:
    """Runs in the engine's loop."""

    def __init__(
        self,
        server: OpenAIServer,
        adapters: ServedAdapters,
        tokenizer: "PreTrainedTokenizerBase | None",
        patience: Patience,
    ) -> None:
        self._server = server
        self._adapters = adapters
        self._patience = patience
        # The server tokenises control tokens in what it is given, so they are broken here.
        self._safe: Callable[[str], str] = partial(defuse, tokenizer)
        self._dialects = dialects_of(tokenizer)  # One once a text was written in it.

    async def write(self, job: Job) -> str:
        """Write one text. Returns why it ended. Raises ServerTrouble."""

        def may_go_again(error: BaseException) -> bool:
            return isinstance(error, ServerTrouble) and error.again and not job.progress.text

        trying = AsyncRetrying(
            retry=retry_if_exception(may_go_again),
            wait=_pause,
            stop=stop_after_attempt(self._patience.attempts),
            reraise=True,
        )
        return await trying(self._try, job)

    async def _try(self, job: Job) -> str:
        """One try, and what can be mended on the spot."""
        try:
            return await self._understood(job)
        except ServerTrouble as trouble:
            if trouble.status == 404 and job.version.adapter is not None:
                # A server that was started again has forgotten what was loaded at run time.
                await self._adapters.load(job.version)
                return await self._understood(job)
            raise

    async def _understood(self, job: Job) -> str:
        """One try in the richest dialect that the server takes.

        The first text that is written settles which: what is refused after it is that prompt's own fault.
        """
        refusals: list[ServerTrouble] = []
        for dialect in self._dialects:
            try:
                return await self._read(job, dialect)
            except ServerTrouble as trouble:
                if trouble.status not in _REFUSES:
                    raise
                refusals.append(trouble)
        raise refusals[0]

    async def _read(self, job: Job, dialect: Dialect) -> str:
        request, progress = job.request, job.progress
        model = job.version.name if job.version.adapter is not None else self._server.address.model
        body = body_of(request, model, self._safe, dialect)
        reason: str | None = None
        try:
            async with (
                asyncio.timeout(self._patience.whole),
                aclosing(self._server.stream(body)) as pieces,
            ):
                async for piece in pieces:
                    self._settle(dialect)
                    text = progress.text + piece.text
                    cut = cut_at_lines(text, request.stop_after_lines)
                    progress.add(piece, text if cut is None else cut)
                    reason = "stop" if cut is not None else piece.finish_reason or reason
                    if cut is not None:
                        break
        except TimeoutError:
            raise ServerTrouble("the server takes too long for one text") from None
        return reason or "stop"

    def _settle(self, dialect: Dialect) -> None:
        if len(self._dialects) == 1:
            return
        if dialect.lacks:
            log.warning("the server refuses a part of what it is sent", without=dialect.lacks)
        self._dialects = (dialect,)


def _pause(state: RetryCallState) -> float:
    """Seconds before the next try: what the server asks for, or more each time, by chance."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ServerTrouble) and error.after is not None:
        return error.after
    return random_exponential(multiplier=0.25, max=8)(state)
