"""What the service has to say of itself in channels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field, SQLModel

from feedback.tables.columns import created, moment


class Notice(SQLModel, table=True):
    """Said once in one channel. It holds figures only: pieces are looked up when it is said."""

    __table_args__ = (CheckConstraint("kind IN ('surge', 'digest')", name="notice_kind_known"),)
    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # What it is about, so that it is not said twice.
    kind: str
    platform: str
    channel: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    herald: str | None = None  # The process that says it; another one waits until it is silent.
    herald_until: datetime | None = moment()
    message: str | None = None  # The message that says it.
    created_at: datetime = created(index=True)
    closed_at: datetime | None = moment()
    failure: str | None = None
