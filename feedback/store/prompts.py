"""Prompts: accepted once, written by one writer at a time, finished once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Executable, update
from sqlmodel import col

from feedback.conversation import WaitingLimits
from feedback.database import Database
from feedback.records import (
    Answer,
    ClaimedPrompt,
    GivenUp,
    LeaseLost,
    NewCompletion,
    NewPrompt,
    PromptState,
    UnknownRow,
)
from feedback.store import prompt_statements as statements
from feedback.store.answers import answers_of
from feedback.store.early_votes import count_early_votes
from feedback.store.prompt_rows import completion_row, prompt_row
from feedback.store.queue import WAITING_IN_ALL, check_room
from feedback.store.readers import Readers
from feedback.store.turns import alone_with_reader_of
from feedback.store.upsert import storable, values_of
from feedback.tables import Prompt, now

GAVE_UP = "writing-failed"


class Prompts:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def accept(self, new: NewPrompt, limits: WaitingLimits | None = None) -> tuple[int, bool]:
        """The prompt's id, and whether it is new: the same request key is the same prompt.

        Raises QueueFull, ReaderWaits or QuotaUsed, with nothing kept, when `limits` allow no more.
        """
        values = values_of(prompt_row(new, reader_id=0))  # Which reader, the transaction will know.
        with self._database.writing_rows() as rows:
            reader_id = self._readers.kept(rows, new.platform, new.workspace, new.user, new.locale)
            values["reader_id"] = reader_id
            inserted = rows.scalar(statements.new_prompt(self._database.dialect), values)
            if inserted is None:
                return rows.execute(statements.OF_KEY, {"key": values["request_key"]}).scalar_one(), False
            if limits is not None:
                check_room(rows, reader_id, limits)
            return inserted, True

    def of_key(self, request_key: str) -> int | None:
        """The prompt of a request that was accepted before."""
        with self._database.reading_rows() as rows:
            return rows.scalar(statements.OF_KEY, {"key": storable(request_key)})

    def claim(
        self, prompt_id: int, lease_seconds: float, max_attempts: int, running: int = 0
    ) -> ClaimedPrompt | None:
        """Hold the prompt for a while, or None if there is nothing to do for it, or not now.

        Of one reader `running` prompts are held at once, if that is not 0: another one goes on waiting,
        without a job. Raises GivenUp, once, when it was claimed `max_attempts` times and none finished it.
        """
        moment, lease = now(), secrets.token_hex(16)
        this = {"which": prompt_id, "moment": moment, "max_attempts": max_attempts}
        until = moment + timedelta(seconds=lease_seconds)
        with self._database.writing_rows() as rows:
            if running:
                alone_with_reader_of(rows, prompt_id)
            claim = this | {"new_lease": lease, "until": until, "running": running}
            held = rows.execute(statements.CLAIM, claim).first()
            if held is not None:
                return ClaimedPrompt(prompt_id, lease, *held)
            given_up: str | None = rows.scalar(statements.GIVE_UP, this | {"reason": GAVE_UP})
            rows.execute(statements.WITHOUT_A_JOB, {"which": prompt_id})
        if given_up is not None:
            raise GivenUp(prompt_id, given_up, GAVE_UP)
        return None

    def renew(self, held: Mapping[int, str], lease_seconds: float) -> set[int]:
        """Hold these prompts longer. Returns the ids that are still ours."""
        if not held:
            return set()
        until = now() + timedelta(seconds=lease_seconds)
        with self._database.writing_rows() as rows:
            return set(rows.scalars(statements.RENEW, {"held": list(held.items()), "until": until}))

    def finish(self, prompt_id: int, lease: str, completion: NewCompletion) -> Answer:
        """Keep the text. Raises LeaseLost when the prompt is cancelled or another writer's."""
        return self.finish_all(prompt_id, lease, [completion])[0]

    def finish_all(
        self, prompt_id: int, lease: str, completions: Sequence[NewCompletion]
    ) -> tuple[Answer, ...]:
        """Keep all variants or none. Returned in the order to show them. Raises LeaseLost."""
        moment = now()
        written = [completion_row(prompt_id, completion, moment) for completion in completions]
        values = [values_of(row) for row in written]
        with self._database.writing_rows() as rows:
            ours = {"which": prompt_id, "our_lease": lease, "moment": moment}
            prompt: Any = rows.execute(statements.WRITTEN, ours).first()
            if prompt is None:
                raise LeaseLost(f"prompt {prompt_id}")
            for row, of_row in zip(written, values, strict=True):
                row.id = rows.execute(statements.new_completion(self._database.dialect), of_row).scalar_one()
            answers = answers_of(written, prompt)
            count_early_votes(rows, prompt_id, answers[0].completion_id)
        return answers

    def fail(self, prompt_id: int, lease: str, reason: str) -> bool:
        """Give the prompt up for good. False when it was not ours any more."""
        return self._let_go(prompt_id, lease, statements.FAIL, reason=reason, moment=now())

    def release(self, prompt_id: int, lease: str) -> bool:
        """Back to waiting, as if never claimed. False when it was not ours any more."""
        return self._let_go(prompt_id, lease, statements.RELEASE)

    def give_back(self, prompt_id: int, lease: str) -> bool:
        """Back to waiting, with the attempt counted. False when it was not ours any more."""
        return self._let_go(prompt_id, lease, statements.GIVE_BACK)

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
                .values(status="cancelled", failure="cancelled", finished_at=now(), **statements.UNHELD)
                .returning(col(Prompt.id))
            ).scalar()
            return cancelled is not None

    def queued(self, prompt_id: int, seconds: float) -> None:
        """Note that a job was queued: for so long the prompt is not due again."""
        until = now() + timedelta(seconds=seconds)
        with self._database.writing_rows() as rows:
            rows.execute(statements.QUEUED, {"which": prompt_id, "until": until})

    def due(self, older_than: timedelta, limit: int = 100, running: int = 0) -> list[int]:
        """Prompts that nobody seems to write: older than that and not queued, or left behind.

        Without those that `claim` would not give out, with the same `running`.
        """
        moment = now()
        due = {"moment": moment, "before": moment - older_than, "running": running, "at_most": limit}
        with self._database.reading_rows() as rows:
            return list(rows.scalars(statements.DUE, due))

    def state(self, prompt_id: int) -> PromptState:
        """Where the prompt stands. Raises UnknownRow."""
        with self._database.reading_rows() as rows:
            prompt: Any = rows.execute(statements.STATE, {"which": prompt_id}).first()
            if prompt is None:
                raise UnknownRow(f"prompt {prompt_id}")
            answers = answers_of(rows.execute(statements.COMPLETIONS, {"which": prompt_id}), prompt)
            return PromptState(prompt_id, prompt.status, answers, prompt.failure)

    def waiting(self) -> int:
        """How many prompts wait for a writer."""
        with self._database.reading_rows() as rows:
            return int(rows.execute(WAITING_IN_ALL).scalar_one())

    def _let_go(self, prompt_id: int, lease: str, how: Executable, **values: Any) -> bool:
        """End our hold. False, with nothing changed, when it is not ours."""
        with self._database.writing_rows() as rows:
            return rows.scalar(how, {"which": prompt_id, "our_lease": lease, **values}) is not None
