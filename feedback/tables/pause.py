"""When an operator had the service take no requests, or not learn."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from feedback.tables.columns import created, moment


class Pause(SQLModel, table=True):
    """Append-only; while one has no end, what it names is held back."""

    __table_args__ = (CheckConstraint("what IN ('requests', 'learning')", name="pause_known"),)
    id: int = Field(default=None, primary_key=True)
    what: str = Field(default="requests", sa_column_kwargs={"server_default": "requests"})
    started_at: datetime = created()
    ended_at: datetime | None = moment()
