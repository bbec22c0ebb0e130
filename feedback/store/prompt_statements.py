"""The statements of prompts, built once: the values are given when one is executed."""

from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, bindparam, func, or_, select, tuple_, update
from sqlmodel import col

from feedback.store.turns import has_turn
from feedback.store.upsert import insert_into
from feedback.tables import Completion, Prompt

UNHELD: dict[str, Any] = {"lease": None, "lease_until": None}

_THIS = col(Prompt.id) == bindparam("which")
_MOMENT: Any = bindparam("moment")
_LAPSED = and_(col(Prompt.status) == "writing", col(Prompt.lease_until) < _MOMENT)
_FREE = or_(col(Prompt.status) == "waiting", _LAPSED)
_OPEN = col(Prompt.status).in_(["waiting", "writing"])

OF_KEY = select(col(Prompt.id)).where(col(Prompt.request_key) == bindparam("key"))
CLAIM = (
    update(Prompt)
    .where(_THIS, _FREE, col(Prompt.attempts) < bindparam("max_attempts"), has_turn())
    .values(
        status="writing",
        attempts=col(Prompt.attempts) + 1,
        lease=bindparam("new_lease"),
        lease_until=bindparam("until"),
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
)
GIVE_UP = (
    update(Prompt)
    .where(_THIS, _FREE, col(Prompt.attempts) >= bindparam("max_attempts"))
    .values(status="failed", failure=bindparam("reason"), finished_at=_MOMENT, **UNHELD)
    .returning(col(Prompt.platform))
)
_WAITS = update(Prompt).where(_THIS, col(Prompt.status) == "waiting")
WITHOUT_A_JOB = _WAITS.values(lease_until=None)
QUEUED = _WAITS.values(lease_until=bindparam("until"))
RENEW = (
    update(Prompt)
    .where(
        col(Prompt.status) == "writing",
        tuple_(col(Prompt.id), col(Prompt.lease)).in_(bindparam("held", expanding=True)),
    )
    .values(lease_until=bindparam("until"))
    .returning(col(Prompt.id))
)
_OURS = update(Prompt).where(
    _THIS, col(Prompt.lease) == bindparam("our_lease"), col(Prompt.status) == "writing"
)
WRITTEN = _OURS.values(status="written", finished_at=_MOMENT, **UNHELD).returning(
    col(Prompt.id), col(Prompt.form), col(Prompt.theme), col(Prompt.instruction), col(Prompt.kind)
)
FAIL = _OURS.values(status="failed", failure=bindparam("reason"), finished_at=_MOMENT, **UNHELD).returning(
    col(Prompt.id)
)
RELEASE = _OURS.values(status="waiting", attempts=col(Prompt.attempts) - 1, **UNHELD).returning(
    col(Prompt.id)
)
GIVE_BACK = _OURS.values(status="waiting", **UNHELD).returning(col(Prompt.id))
_UNQUEUED = and_(col(Prompt.lease_until).is_(None), col(Prompt.created_at) < bindparam("before"))
DUE = (
    select(col(Prompt.id))
    .where(_OPEN, or_(_UNQUEUED, col(Prompt.lease_until) < _MOMENT), has_turn())
    .order_by(col(Prompt.id))
    .limit(bindparam("at_most"))
)
STATE = select(
    col(Prompt.id),
    col(Prompt.status),
    col(Prompt.failure),
    col(Prompt.form),
    col(Prompt.theme),
    col(Prompt.instruction),
    col(Prompt.kind),
).where(_THIS)
COMPLETIONS = select(Completion).where(col(Completion.prompt_id) == bindparam("which"))


@cache
def new_prompt(dialect: str) -> Executable:
    """Returns its id, unless its request is there already."""
    new = insert_into(Prompt, dialect).on_conflict_do_nothing(index_elements=["request_key"])
    return new.returning(col(Prompt.id))


@cache
def new_completion(dialect: str) -> Executable:
    return insert_into(Completion, dialect).returning(col(Completion.id))
