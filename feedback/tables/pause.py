"""When an operator had the service take no requests."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from feedback.tables.columns import created, moment


class Pause(SQLModel, table=True):
    """Append-only; while one has no end, nothing is taken."""

    id: int = Field(default=None, primary_key=True)
    started_at: datetime = created()
    ended_at: datetime | None = moment()
