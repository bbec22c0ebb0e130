"""One prompt's way through the writer: claim, write, publish live, save. Safe to run twice for one prompt."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from feedback.database import DatabaseGone
from feedback.records import ClaimedPrompt, LeaseLost, NewCompletion
from feedback.store import Store
from generation.engine import Engine, EngineClosed, Ticket, WritingFailed, WritingRequest, Written
from generation.forms import form_named
from generation.prompts import messages_for
from generation.sampling import Sampling
from worker.signals import Publisher

log = structlog.get_logger(__name__)

_BLANK_RETRIES = 3


class Writing:
    """The prompts that this writer holds, and how each becomes a completion."""

    def __init__(
        self,
        store: Store,
        engine: Callable[[], Engine],
        publisher: Publisher,
        *,
        lease: float,
        max_attempts: int,
        snapshot_interval: float,
    ) -> None:
        self._store = store
        self._engine = engine
        self._publisher = publisher
        self._lease = lease
        self._max_attempts = max_attempts
        self._snapshot_interval = snapshot_interval
        self._lock = threading.Lock()
        self._held: dict[int, tuple[str, Ticket]] = {}

    def write(self, prompt_id: int) -> None:
        """Write one prompt, unless another writer holds it or it is finished."""
        claimed = self._store.prompts.claim(prompt_id, self._lease, self._max_attempts)
        if claimed is None:
            log.debug("nothing to write", prompt_id=prompt_id)
            self._publisher.finished(prompt_id)
            return
        try:
            self._write(claimed)
        except EngineClosed:
            log.warning("the engine stopped; the prompt waits for the next writer", prompt_id=prompt_id)
            self._store.prompts.release(prompt_id, claimed.lease)
        except WritingFailed as error:
            log.error("the prompt could not be written", prompt_id=prompt_id, error=str(error))
            self._store.prompts.fail(prompt_id, claimed.lease, "writing-failed")
        except LeaseLost:
            log.info("the prompt was cancelled or passed to another writer", prompt_id=prompt_id)
        self._publisher.finished(prompt_id)

    def cancel(self, prompt_id: int) -> None:
        """Stop writing a prompt that was cancelled, if it is written here."""
        with self._lock:
            held = self._held.get(prompt_id)
        if held is not None:
            held[1].cancel()

    def renew_until(self, stop: threading.Event) -> None:
        """Keep the leases of what is being written; drop what is no longer ours."""
        while not stop.wait(self._lease / 3):
            with self._lock:
                held = dict(self._held)
            if not held:
                continue
            with suppress(DatabaseGone):  # The lease lasts two more rounds.
                ours = self._store.prompts.renew({i: lease for i, (lease, _) in held.items()}, self._lease)
                for prompt_id in held.keys() - ours:
                    self.cancel(prompt_id)

    def _write(self, claimed: ClaimedPrompt) -> None:
        for attempt in range(_BLANK_RETRIES):
            written = self._written(claimed, seed_of(claimed.id, attempt))
            if written.finish_reason == "cancelled":
                raise LeaseLost(str(claimed.id))
            if written.text:
                break
        else:
            raise WritingFailed(f"{_BLANK_RETRIES} blank texts")
        form = form_named(claimed.form)
        answer = self._store.prompts.finish(
            claimed.id,
            claimed.lease,
            NewCompletion(
                model_version=written.version,
                seed=written.seed,
                text=written.text,
                prompt_tokens=written.prompt_tokens,
                tokens=written.tokens,
                ttft_ms=written.ttft_ms,
                total_ms=written.total_ms,
                finish_reason=written.finish_reason,
                checks={"form": form.check(written.text)},
            ),
        )
        log.info(
            "completion saved",
            prompt_id=claimed.id,
            completion_id=answer.completion_id,
            version=written.version,
            tokens=written.tokens,
            total_ms=round(written.total_ms),
        )

    def _written(self, claimed: ClaimedPrompt, seed: int) -> Written:
        form = form_named(claimed.form)
        ticket = self._engine().submit(
            WritingRequest(
                messages=messages_for(claimed.form, claimed.theme, claimed.language),
                seed=seed,
                max_new_tokens=form.max_new_tokens,
                sampling=Sampling(**claimed.sampling),
                stop_after_lines=form.lines,
            )
        )
        with self._holding(claimed, ticket):
            for text in ticket.snapshots(self._snapshot_interval):
                self._publisher.snapshot(claimed.id, text)
            return ticket.result()

    @contextmanager
    def _holding(self, claimed: ClaimedPrompt, ticket: Ticket) -> Iterator[None]:
        with self._lock:
            self._held[claimed.id] = (claimed.lease, ticket)
        try:
            yield
        finally:
            with self._lock:
                del self._held[claimed.id]


def seed_of(prompt_id: int, attempt: int) -> int:
    """A prompt's seed: the same when it is written again after a crash, another for a blank text."""
    return int.from_bytes(hashlib.sha256(f"{prompt_id} {attempt}".encode()).digest()[:4]) >> 1
