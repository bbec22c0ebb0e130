"""Prompts: accepted once, written by one writer at a time, finished once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, tuple_, update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.conversation import WaitingLimits
from feedback.database import Database
from feedback.records import (
    Answer,
    ClaimedPrompt,
    LeaseLost,
    NewCompletion,
    NewPrompt,
    PromptState,
    UnknownRow,
)
from feedback.store.answers import answers_of
from feedback.store.prompt_rows import completion_row, prompt_row
from feedback.store.queue import check_room
from feedback.store.readers import Readers
from feedback.store.turns import alone_with_reader_of, has_turn
from feedback.store.upsert import insert, storable
from feedback.tables import Completion, Prompt, now

GAVE_UP = "writing-failed"
_UNHELD: dict[str, Any] = {"lease": None, "lease_until": None}


class Prompts:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def accept(self, new: NewPrompt, limits: WaitingLimits | None = None) -> tuple[int, bool]:
        """The prompt's id, and whether it is new: the same request key is the same prompt.

        Raises QueueFull, ReaderWaits or QuotaUsed, with nothing kept, when `limits` allow no more.
        """
        with self._database.writing() as session:
            reader_id = self._readers.kept(session, new.platform, new.workspace, new.user, new.locale)
            inserted = session.execute(
                insert(session, prompt_row(new, reader_id))
                .on_conflict_do_nothing(index_elements=["request_key"])
                .returning(col(Prompt.id))
            ).scalar()
            if inserted is not None:
                if limits is not None:
                    check_room(session, reader_id, limits)
                return inserted, True
            known = select(Prompt.id).where(col(Prompt.request_key) == storable(new.request_key))
            return session.execute(known).scalar_one(), False

    def of_key(self, request_key: str) -> int | None:
        """The prompt of a request that was accepted before."""
        with self._database.reading() as session:
            return session.scalar(
                select(col(Prompt.id)).where(col(Prompt.request_key) == storable(request_key))
            )

    def claim(
        self, prompt_id: int, lease_seconds: float, max_attempts: int, running: int = 0
    ) -> ClaimedPrompt | None:
        """Hold the prompt for a while, or None if there is nothing to do for it, or not now.

        Of one reader `running` prompts are held at once, if that is not 0: another one goes on waiting,
        without a job.
        """
        moment, lease = now(), secrets.token_hex(16)
        with self._database.writing() as session:
            if running:
                alone_with_reader_of(session, prompt_id)
            held = session.execute(
                update(Prompt)
                .where(
                    col(Prompt.id) == prompt_id,
                    _free(moment),
                    col(Prompt.attempts) < max_attempts,
                    has_turn(moment, running),
                )
                .values(
                    status="writing",
                    attempts=col(Prompt.attempts) + 1,
                    lease=lease,
                    lease_until=moment + timedelta(seconds=lease_seconds),
                )
                .returning(
                    col(Prompt.form),
                    col(Prompt.theme),
                    col(Prompt.language),
                    col(Prompt.sampling),
                    col(Prompt.attempts),
                    col(Prompt.kind),
                    func.coalesce(col(Prompt.instruction), ""),
                    col(Prompt.parent_completion_id),
                    col(Prompt.variants),
                    col(Prompt.reader_id),
                    col(Prompt.length),
                    col(Prompt.platform),
                    col(Prompt.created_at),
                    col(Prompt.traceparent),
                )
            ).first()
            if held is not None:
                return ClaimedPrompt(prompt_id, lease, *held)
            session.execute(
                update(Prompt)
                .where(col(Prompt.id) == prompt_id, _free(moment), col(Prompt.attempts) >= max_attempts)
                .values(status="failed", failure=GAVE_UP, finished_at=moment, **_UNHELD)
            )
            session.execute(
                update(Prompt)
                .where(col(Prompt.id) == prompt_id, col(Prompt.status) == "waiting")
                .values(lease_until=None)
            )
            return None

    def renew(self, held: Mapping[int, str], lease_seconds: float) -> set[int]:
        """Hold these prompts longer. Returns the ids that are still ours."""
        if not held:
            return set()
        with self._database.writing() as session:
            ours = session.execute(
                update(Prompt)
                .where(
                    col(Prompt.status) == "writing",
                    tuple_(col(Prompt.id), col(Prompt.lease)).in_(list(held.items())),
                )
                .values(lease_until=now() + timedelta(seconds=lease_seconds))
                .returning(col(Prompt.id))
            )
            return set(ours.scalars())

    def finish(self, prompt_id: int, lease: str, completion: NewCompletion) -> Answer:
        """Keep the text. Raises LeaseLost when the prompt is cancelled or another writer's."""
        return self.finish_all(prompt_id, lease, [completion])[0]

    def finish_all(
        self, prompt_id: int, lease: str, completions: Sequence[NewCompletion]
    ) -> tuple[Answer, ...]:
        """Keep all variants or none. Returned in the order to show them. Raises LeaseLost."""
        moment = now()
        with self._database.writing() as session:
            if not _let_go(session, prompt_id, lease, status="written", finished_at=moment):
                raise LeaseLost(f"prompt {prompt_id}")
            for completion in completions:
                session.execute(insert(session, completion_row(prompt_id, completion, moment)))
            return answers_of(_completions(session, prompt_id), _prompt(session, prompt_id))

    def fail(self, prompt_id: int, lease: str, reason: str) -> bool:
        """Give the prompt up for good. False when it was not ours any more."""
        with self._database.writing() as session:
            return _let_go(session, prompt_id, lease, status="failed", failure=reason, finished_at=now())

    def release(self, prompt_id: int, lease: str) -> bool:
        """Back to waiting, as if never claimed. False when it was not ours any more."""
        with self._database.writing() as session:
            return _let_go(session, prompt_id, lease, status="waiting", attempts=col(Prompt.attempts) - 1)

    def cancel(self, prompt_id: int, platform: str, workspace: str, user: str) -> bool:
        """Stop the reader's own prompt. False when there is nothing of theirs to stop."""
        with self._database.writing() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            cancelled = session.execute(
                update(Prompt)
                .where(
                    col(Prompt.id) == prompt_id,
                    col(Prompt.reader_id) == reader_id,
                    col(Prompt.status).in_(["waiting", "writing"]),
                )
                .values(status="cancelled", failure="cancelled", finished_at=now(), **_UNHELD)
                .returning(col(Prompt.id))
            ).scalar()
            return cancelled is not None

    def queued(self, prompt_id: int, seconds: float) -> None:
        """Note that a job was queued: for so long the prompt is not due again."""
        with self._database.writing() as session:
            session.execute(
                update(Prompt)
                .where(col(Prompt.id) == prompt_id, col(Prompt.status) == "waiting")
                .values(lease_until=now() + timedelta(seconds=seconds))
            )

    def due(self, older_than: timedelta, limit: int = 100, running: int = 0) -> list[int]:
        """Prompts that nobody seems to write: older than that and not queued, or left behind.

        Without those that `claim` would not give out, with the same `running`.
        """
        moment = now()
        open_ = col(Prompt.status).in_(["waiting", "writing"])
        unqueued = and_(col(Prompt.lease_until).is_(None), col(Prompt.created_at) < moment - older_than)
        left = col(Prompt.lease_until) < moment
        with self._database.reading() as session:
            due = (open_, or_(unqueued, left), has_turn(moment, running))
            return list(session.scalars(select(Prompt.id).where(*due).order_by(col(Prompt.id)).limit(limit)))

    def state(self, prompt_id: int) -> PromptState:
        """Where the prompt stands. Raises UnknownRow."""
        with self._database.reading() as session:
            prompt = _prompt(session, prompt_id)
            answers = answers_of(_completions(session, prompt_id), prompt)
            return PromptState(prompt_id, prompt.status, answers, prompt.failure)

    def waiting(self) -> int:
        """How many prompts wait for a writer."""
        with self._database.reading() as session:
            count = select(func.count()).select_from(Prompt).where(col(Prompt.status) == "waiting")
            return session.execute(count).scalar_one()


def _free(moment: datetime) -> ColumnElement[bool]:
    lapsed = and_(col(Prompt.status) == "writing", col(Prompt.lease_until) < moment)
    return or_(col(Prompt.status) == "waiting", lapsed)


def _let_go(session: Session, prompt_id: int, lease: str, **changes: Any) -> bool:
    """End our hold with these changes. False, with nothing changed, when it is not ours."""
    ours = session.execute(
        update(Prompt)
        .where(col(Prompt.id) == prompt_id, col(Prompt.lease) == lease, col(Prompt.status) == "writing")
        .values(**changes, **_UNHELD)
        .returning(col(Prompt.id))
    ).scalar()
    return ours is not None


def _prompt(session: Session, prompt_id: int) -> Prompt:
    found = session.get(Prompt, prompt_id)
    if found is None:
        raise UnknownRow(f"prompt {prompt_id}")
    return found


def _completions(session: Session, prompt_id: int) -> Sequence[Completion]:
    return session.scalars(select(Completion).where(col(Completion.prompt_id) == prompt_id)).all()
