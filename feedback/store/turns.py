"""Whose turn it is: of one reader only so many prompts are written at once."""

from sqlalchemy import BindParameter, ColumnElement, Connection, Integer, bindparam, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from feedback.tables import Prompt, Reader


def has_turn() -> ColumnElement[bool]:
    """Of rows of prompts: fewer than `running` others of the same reader are being written, unless that is 0.

    `running` and the `moment` are given when it is executed.
    """
    other = aliased(Prompt)
    being_written = (
        select(func.count())
        .select_from(other)
        .where(
            col(other.reader_id) == col(Prompt.reader_id),
            col(other.id) != col(Prompt.id),
            col(other.status) == "writing",
            col(other.lease_until) >= bindparam("moment"),
        )
        .correlate(Prompt)
    )
    at_most: BindParameter[int] = bindparam("running", type_=Integer)
    return or_(at_most == 0, being_written.scalar_subquery() < at_most)


_ASKER = select(col(Prompt.reader_id)).where(col(Prompt.id) == bindparam("which")).scalar_subquery()
# Weaker than FOR UPDATE, which new prompts would wait for.
_LOCKED = select(col(Reader.id)).where(col(Reader.id) == _ASKER).with_for_update(key_share=True)


def alone_with_reader_of(rows: Connection, prompt_id: int) -> None:
    """Until the transaction ends, nobody else claims a prompt of the same reader."""
    if rows.dialect.name != "sqlite":  # There whoever writes is alone anyway.
        rows.execute(_LOCKED, {"which": prompt_id})
