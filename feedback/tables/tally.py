"""How many there are of what is counted all the time."""

from sqlmodel import Field, SQLModel


class Tally(SQLModel, table=True):
    """Kept by triggers, so that nobody has to count millions of rows. The shards of a name add up.

    A connection adds to its own shard: those who write at the same time do not wait for each other.
    """

    name: str = Field(primary_key=True)
    shard: int = Field(primary_key=True)
    count: int
