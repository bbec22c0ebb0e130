"""One prompt's way through the writer: claim, write, publish live, save. Safe to run twice for one prompt."""

import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from feedback.conversation import FOLLOW_UPS, EarlierPiece
from feedback.database import DatabaseGone
from feedback.display_order import display_order
from feedback.records import ClaimedPrompt, GivenUp, LeaseLost, UnknownRow
from feedback.store import Store
from feedback.tables import now
from generation.conversation import Ruler, TooLittleRoom
from generation.engine import (
    Engine,
    EngineClosed,
    EngineDied,
    EngineFull,
    Ticket,
    WritingFailed,
    WritingRequest,
)
from generation.forms import Catalogue, UnknownForm
from generation.selection import Judge
from worker.candidates import Candidates, Chosen, NothingToShow, candidates_for, completion_of
from worker.holds import Hold, Holds
from worker.last_tries import LastTries
from worker.live_version import Place
from worker.metrics import writing as measures
from worker.signals import Publisher
from worker.tracing import NoTracing, Tracing
from worker.writing_request import request_for

log = structlog.get_logger(__name__)


class Places(Protocol):
    """Which version writes for whom."""

    def place_of(self, reader_id: int) -> Place:
        """Where to write for a reader."""


class Writing:
    """The prompts that this writer holds, and how each becomes its completions.

    Of one reader `running` are written at once (0: any number); `queue` is told whose turn is next.
    """

    def __init__(
        self,
        store: Store,
        engine: Callable[[], Engine],
        publisher: Publisher,
        ruler: Ruler,
        forms: Catalogue,
        judge: Judge,
        live: Places,
        *,
        at_once: int,
        lease: float,
        max_attempts: int,
        snapshot_interval: float,
        running: int = 0,
        queue: Callable[[int], object] = lambda _: None,
        critic_decides: Callable[[], bool] = lambda: False,
        tracing: Tracing | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._publisher = publisher
        self._ruler = ruler
        self._forms = forms
        self._judge = judge
        self._live = live
        self._at_once = at_once
        self._lease = lease
        self._max_attempts = max_attempts
        self._snapshot_interval = snapshot_interval
        self._running = running
        self._queue = queue
        self._critic_decides = critic_decides
        self._tracing = tracing or NoTracing()
        self._holds = Holds()
        self._last_tries = LastTries(max_attempts)

    def write(self, prompt_id: int) -> None:
        """Write one prompt, unless another writer holds it or it is finished."""
        claimed = self._claimed(prompt_id)
        if claimed is None:
            log.debug("nothing to write", prompt_id=prompt_id)
            self._publisher.finished(prompt_id)
            return
        with self._last_tries.turn(claimed) as has_turn:
            if has_turn:
                self._write_held(claimed)
            else:
                self._let_wait(claimed)
        if has_turn and (waiting := self._last_tries.next()) is not None:
            self._queue(waiting)

    def _let_wait(self, claimed: ClaimedPrompt) -> None:
        log.info("the prompt waits for another's last try", prompt_id=claimed.id)
        self._store.prompts.release(claimed.id, claimed.lease)
        self._last_tries.waits(claimed.id)
        self._publisher.finished(claimed.id)

    def _write_held(self, claimed: ClaimedPrompt) -> None:
        measures.claimed(claimed)
        if claimed.asked_at is not None:
            self._tracing.past("queue", claimed.asked_at, now(), claimed.traceparent, prompt=claimed.id)
        try:
            with self._tracing.span("write", claimed.traceparent, prompt=claimed.id, form=claimed.form):
                self._write(claimed)
        except (EngineClosed, EngineFull) as error:
            log.warning("the prompt waits for a writer with room", prompt_id=claimed.id, error=str(error))
            self._let_go(claimed, error)
            measures.given_back(claimed)
            self._publisher.finished(claimed.id)
            return  # The sweeper gives them to a writer with room, and others of the reader after it.
        except NothingToShow:
            log.warning("nothing was written that may be shown", prompt_id=claimed.id)
            self._fail(claimed, measures.BLOCKED)
        # A form may have been taken away, and a piece with its reader.
        except (WritingFailed, TooLittleRoom, UnknownForm, UnknownRow) as error:
            log.error("the prompt could not be written", prompt_id=claimed.id, error=str(error))
            self._fail(claimed, measures.BROKEN)
        except LeaseLost:
            log.info("the prompt was cancelled or passed to another writer", prompt_id=claimed.id)
        self._publisher.finished(claimed.id)
        self._next_of(claimed.reader_id)

    def _claimed(self, prompt_id: int) -> ClaimedPrompt | None:
        try:
            return self._store.prompts.claim(prompt_id, self._lease, self._max_attempts, self._running)
        except GivenUp as error:
            log.error("the prompt was given up after its last writer", prompt_id=prompt_id, error=str(error))
            measures.failed(error.platform, error.reason)
            return None

    def _let_go(self, claimed: ClaimedPrompt, error: EngineClosed | EngineFull) -> None:
        if isinstance(error, EngineDied):  # Perhaps of this prompt: it must not end every engine to come.
            self._store.prompts.give_back(claimed.id, claimed.lease)
        else:
            self._store.prompts.release(claimed.id, claimed.lease)

    def _fail(self, claimed: ClaimedPrompt, reason: str) -> None:
        if self._store.prompts.fail(claimed.id, claimed.lease, reason):
            measures.failed(claimed.platform, reason)

    def _next_of(self, reader_id: int) -> None:
        """Whose job came while another of the reader was written has none any more."""
        waiting = self._store.queue.next_of(reader_id) if self._running else None
        if waiting is not None:
            self._queue(waiting)

    def cancel(self, prompt_id: int) -> None:
        """Stop writing a prompt that was cancelled, if it is written here."""
        self._holds.cancel(prompt_id)

    def renew_until(self, stop: threading.Event) -> None:
        """Keep the leases of what is being written; drop what is no longer ours."""
        while not stop.wait(self._lease / 3):
            held = self._holds.leases()
            if not held:
                continue
            with suppress(DatabaseGone):  # The lease lasts two more rounds.
                for prompt_id in held.keys() - self._store.prompts.renew(held, self._lease):
                    self.cancel(prompt_id)

    def _write(self, claimed: ClaimedPrompt) -> None:
        place = self._live.place_of(claimed.reader_id)
        before = self._before(claimed)
        request = replace(request_for(claimed, self._forms, before, self._ruler), slot=place.slot)
        with self._holds.holding(claimed) as hold:
            hold.trace = self._tracing.carried()
            texts = self._variants(claimed, hold, request)
        completions = [
            completion_of(chosen, variant, place.arm_of(chosen.written.version)) for variant, chosen in texts
        ]
        answers = self._store.prompts.finish_all(claimed.id, claimed.lease, completions)
        measures.finished(claimed)
        log.info(
            "completions saved",
            prompt_id=claimed.id,
            completion_ids=[answer.completion_id for answer in answers],  # In the order they are shown.
            versions=sorted({answer.model_version for answer in answers}),
            tokens=sum(answer.tokens for answer in answers),
            total_ms=round(max(answer.total_ms for answer in answers)),
        )

    def _before(self, claimed: ClaimedPrompt) -> Sequence[EarlierPiece]:
        """The pieces that the prompt follows up on, oldest first."""
        if claimed.kind not in FOLLOW_UPS or claimed.parent_completion_id is None:
            return ()
        return self._store.conversations.up_to(claimed.parent_completion_id)

    def _variants(
        self, claimed: ClaimedPrompt, hold: Hold, request: WritingRequest
    ) -> list[tuple[int, Chosen]]:
        """All variants, written together; those that fail are left out. Raises if all of them do."""
        if claimed.variants == 1:
            return [(0, self._text(claimed, hold, request, 0, live=True))]
        first_shown = display_order(claimed.id, range(claimed.variants))[0]
        failed: WritingFailed | NothingToShow | None = None
        texts: list[tuple[int, Chosen]] = []
        with ThreadPoolExecutor(claimed.variants, thread_name_prefix=f"prompt {claimed.id}") as together:
            writing = [
                together.submit(self._text, claimed, hold, request, variant, live=variant == first_shown)
                for variant in range(claimed.variants)
            ]
            for variant, text in enumerate(writing):
                try:
                    texts.append((variant, text.result()))
                except (WritingFailed, NothingToShow) as error:
                    log.warning("a variant could not be written", prompt_id=claimed.id, error=str(error))
                    failed = error
        if failed is not None and not texts:
            raise failed
        return texts

    def _text(
        self, claimed: ClaimedPrompt, hold: Hold, request: WritingRequest, variant: int, *, live: bool
    ) -> Chosen:
        """One text, the best of some candidates."""

        def show(ticket: Ticket) -> None:
            for text in ticket.snapshots(self._snapshot_interval) if live else ():
                if not self._judge.must_hide(text):
                    self._publisher.snapshot(claimed.id, text)

        form = self._forms.named(claimed.form)
        whole, critic = claimed.kind != "continue", self._critic_decides()
        count = candidates_for(form, whole, self._at_once, self._holds.texts(), critic)
        seeds = (seed_of(claimed.id, attempt, variant) for attempt in itertools.count())
        candidates = Candidates(self._engine(), self._judge, form, claimed)
        chosen = candidates.choose(request, seeds, count, partial(self._holds.under_way, hold), show)
        self._trace(hold, chosen)
        return chosen

    def _trace(self, hold: Hold, chosen: Chosen) -> None:
        """The text's time in the engine, as the engine itself took it."""
        text, ended = chosen.written, now()
        self._tracing.past(
            "engine",
            ended - timedelta(milliseconds=text.total_ms),
            ended,
            hold.trace,
            version=text.version,
            tokens=text.tokens,
            candidates=chosen.of,
            first_token_ms=text.ttft_ms,
        )


def seed_of(prompt_id: int, attempt: int, variant: int = 0) -> int:
    """A text's seed: the same when it is written again after a crash, another for each candidate."""
    which = f"{prompt_id} {attempt} {variant}" if variant else f"{prompt_id} {attempt}"
    return int.from_bytes(hashlib.sha256(which.encode()).digest()[:4]) >> 1
