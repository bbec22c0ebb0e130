"""Deliveries: which of several processes brings which answer to its place."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, or_, update
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import DeliveredPrompt, UndeliveredPrompt
from feedback.store.messages import undelivered_of
from feedback.tables import Prompt, now

_THESE = col(Prompt.id).in_(bindparam("these", expanding=True))
_FREE = or_(
    col(Prompt.courier).is_(None),
    col(Prompt.courier) == bindparam("me"),
    col(Prompt.courier_until) < bindparam("moment"),
)
_KEPT = (
    update(Prompt)
    .where(_THESE, col(Prompt.closed_at).is_(None), _FREE)
    .values(courier=bindparam("me"), courier_until=bindparam("until"))
)
_ANOTHERS = select(col(Prompt.id)).where(_THESE, col(Prompt.courier) != bindparam("me"))
_MOMENTS = select(col(Prompt.finished_at), col(Prompt.closed_at), col(Prompt.traceparent)).where(
    col(Prompt.id) == bindparam("which")
)


class Deliveries:
    """A courier is one process; what it does not keep for a while, another may take over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, prompt_ids: Collection[int], courier: str, seconds: float) -> set[int]:
        """Keep these for so long, or take those that nobody keeps. Returns those that another courier has."""
        moment, these = now(), {"these": list(prompt_ids), "me": courier}
        until = moment + timedelta(seconds=seconds)
        with self._database.writing_rows() as rows:
            rows.execute(_KEPT, these | {"moment": moment, "until": until})
            return set(rows.scalars(_ANOTHERS, these))

    def take_over(
        self, platform: str, courier: str, seconds: float, begun: float, workspace: str = ""
    ) -> list[UndeliveredPrompt]:
        """Take what is not wholly shown and nobody keeps, oldest first; of one workspace, if one is given.

        What was asked in the last `begun` seconds is left to the process that it was asked of.
        """
        moment = now()
        never = and_(
            col(Prompt.courier).is_(None), col(Prompt.created_at) < moment - timedelta(seconds=begun)
        )
        with self._database.writing() as session:
            taken = session.execute(
                update(Prompt)
                .where(
                    col(Prompt.platform) == platform,
                    *([col(Prompt.workspace) == workspace] if workspace else []),
                    col(Prompt.closed_at).is_(None),
                    or_(never, col(Prompt.courier_until) < moment),
                )
                .values(courier=courier, courier_until=moment + timedelta(seconds=seconds))
                .returning(col(Prompt.id))
            )
            ids = set(taken.scalars())
            return undelivered_of(session, col(Prompt.id).in_(ids)) if ids else []

    def of(self, prompt_id: int) -> DeliveredPrompt | None:
        """How an answer was delivered; None while it is not, or if its reader is no more."""
        with self._database.reading_rows() as rows:
            found: Any = rows.execute(_MOMENTS, {"which": prompt_id}).first()
            if found is None or found.finished_at is None or found.closed_at is None:
                return None
            return DeliveredPrompt(found.finished_at, found.closed_at, found.traceparent)

    def let_go(self, courier: str) -> None:
        """The courier stops: others need not wait."""
        with self._database.writing() as session:
            session.execute(
                update(Prompt)
                .where(col(Prompt.courier) == courier, col(Prompt.closed_at).is_(None))
                .values(courier_until=now() - timedelta(seconds=1))
            )
