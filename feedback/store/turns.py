"""Whose turn it is: of one reader only so many prompts are written at once."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, true
from sqlalchemy.orm import Session, aliased
from sqlmodel import col, select

from feedback.tables import Prompt, Reader


def has_turn(moment: datetime, running: int) -> ColumnElement[bool]:
    """Of rows of prompts: fewer than `running` others of the same reader are being written."""
    if not running:
        return true()
    other = aliased(Prompt)
    being_written = (
        select(func.count())
        .select_from(other)
        .where(
            col(other.reader_id) == col(Prompt.reader_id),
            col(other.id) != col(Prompt.id),
            col(other.status) == "writing",
            col(other.lease_until) >= moment,
        )
        .correlate(Prompt)
    )
    return being_written.scalar_subquery() < running


def alone_with_reader_of(session: Session, prompt_id: int) -> None:
    """Until the transaction ends, nobody else claims a prompt of the same reader."""
    asker = select(col(Prompt.reader_id)).where(col(Prompt.id) == prompt_id).scalar_subquery()
    # On SQLite whoever writes is alone anyway. Weaker than FOR UPDATE, which new prompts would wait for.
    # Read to its end: a row that is left keeps a connection to SQLite at what the file held then.
    session.scalars(
        select(col(Reader.id)).where(col(Reader.id) == asker).with_for_update(key_share=True)
    ).all()
