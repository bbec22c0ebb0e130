"""What readers hold of what was written: ratings, preferences, demonstrations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from feedback.tables.columns import created, moment


class Rating(SQLModel, table=True):
    """What one reader holds of one completion now, by source. `rating_event` has how it came to that."""

    __table_args__ = (
        UniqueConstraint("completion_id", "reader_id", "source"),
        CheckConstraint("value BETWEEN -1 AND 1", name="rating_in_range"),
    )
    id: int = Field(default=None, primary_key=True)
    completion_id: int = Field(foreign_key="completion.id")
    reader_id: int = Field(foreign_key="reader.id", index=True)
    source: str
    value: float
    reason: str | None = None
    comment: str | None = None
    created_at: datetime = created()
    updated_at: datetime = created(index=True)
    revoked_at: datetime | None = moment()


class RatingEvent(SQLModel, table=True):
    """Append-only: every vote and every withdrawal."""

    __tablename__ = "rating_event"
    __table_args__ = (Index("rating_event_of_key", "key", unique=True),)
    id: int = Field(default=None, primary_key=True)
    completion_id: int = Field(foreign_key="completion.id", index=True)
    reader_id: int = Field(foreign_key="reader.id", index=True)
    source: str
    value: float | None  # NULL: withdrawn.
    reason: str | None = None
    key: str | None = None  # HMAC of the tap's own identity: delivered again, it is the same vote.
    created_at: datetime = created(index=True)


class EarlyVote(SQLModel, table=True):
    """A vote on a text that is still being written; once it is, this is a rating and no row any more."""

    __tablename__ = "early_vote"
    __table_args__ = (Index("early_vote_of_key", "key", unique=True),)
    id: int = Field(default=None, primary_key=True)
    prompt_id: int = Field(foreign_key="prompt.id", index=True)
    reader_id: int = Field(foreign_key="reader.id", index=True)
    source: str
    value: float | None  # NULL: withdrawn.
    key: str | None = None  # As of a RatingEvent.
    created_at: datetime = created()


class Preference(SQLModel, table=True):
    """A reader chose one variant over another. One that was taken back stays, for what has looked before."""

    __table_args__ = (
        CheckConstraint("winner_id <> loser_id", name="preference_of_two"),
        Index(
            "preference_stands_once",
            "reader_id",
            "winner_id",
            "loser_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("preference_of_key", "key"),
    )
    id: int = Field(default=None, primary_key=True)
    reader_id: int = Field(foreign_key="reader.id")
    winner_id: int = Field(foreign_key="completion.id")
    loser_id: int = Field(foreign_key="completion.id")
    shown_first_id: int | None = Field(default=None, foreign_key="completion.id")  # Winner or loser.
    key: str | None = None  # As of a RatingEvent; the same for all rows of one choice.
    created_at: datetime = created()
    revoked_at: datetime | None = moment()


class Demonstration(SQLModel, table=True):
    """A reader's own version of a completion."""

    __table_args__ = (Index("demonstration_of_key", "key", unique=True),)
    id: int = Field(default=None, primary_key=True)
    completion_id: int = Field(foreign_key="completion.id", index=True)
    reader_id: int = Field(foreign_key="reader.id", index=True)
    text: str
    key: str | None = None  # As of a RatingEvent: sent again, it is no newer version.
    created_at: datetime = created()
