"""Counts that triggers keep, and what the day's figures look up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COUNTED = {"prompt": "prompts", "completion": "completions", "reader": "readers"}
_SIDE = """CASE WHEN {row}.revoked_at IS NOT NULL OR {row}.value = 0 THEN NULL
    WHEN {row}.value > 0 THEN 'ratings_up' ELSE 'ratings_down' END"""


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "shard", name="pk_tally"),
    )
    op.create_index("ix_completion_created_at", "completion", ["created_at"])
    op.create_index("ix_rating_updated_at", "rating", ["updated_at"])
    for table, name in _COUNTED.items():
        op.execute(f"INSERT INTO tally SELECT '{name}', 0, count(*) FROM {table}")  # noqa: S608
    op.execute(
        f"INSERT INTO tally SELECT side, 0, count(*) FROM (SELECT {_SIDE.format(row='rating')} AS side "  # noqa: S608
        "FROM rating) AS sides WHERE side IS NOT NULL GROUP BY side"
    )
    statements = _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql()
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    for table in (*_COUNTED, "rating"):
        for event in ("insert", "update", "delete"):
            on = "" if op.get_bind().dialect.name == "sqlite" else f" ON {table}"
            op.execute(f"DROP TRIGGER IF EXISTS tally_{table}_{event}{on}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_rows")
        op.execute("DROP FUNCTION count_ratings")
    op.drop_index("ix_rating_updated_at", "rating")
    op.drop_index("ix_completion_created_at", "completion")
    op.drop_table("tally")


def _sqlite() -> list[str]:
    """Row by row. Whoever copies one of these tables in a migration has to make its triggers anew."""

    def add(name: str, change: int) -> str:
        return (
            f"INSERT INTO tally (name, shard, count) SELECT {name}, 0, {change} WHERE {name} IS NOT NULL "
            "ON CONFLICT (name, shard) DO UPDATE SET count = count + excluded.count;"
        )

    found = []
    for table, name in _COUNTED.items():
        for event, change in (("insert", 1), ("delete", -1)):
            found.append(_trigger(table, event, add(f"'{name}'", change)))
    come, gone = add(_SIDE.format(row="new"), 1), add(_SIDE.format(row="old"), -1)
    for event, both in (("insert", come), ("delete", gone), ("update", gone + come)):
        found.append(_trigger("rating", event, both))
    return found


def _trigger(table: str, event: str, body: str) -> str:
    return f"CREATE TRIGGER tally_{table}_{event} AFTER {event.upper()} ON {table} BEGIN {body} END"


def _postgresql() -> list[str]:
    """A statement at a time, so that erasing a reader with thousands of rows adds up first."""
    add = """
        INSERT INTO tally (name, shard, count)
        SELECT name, pg_backend_pid() % 64, sum(change) FROM ({changes}) AS changes
        WHERE name IS NOT NULL GROUP BY name HAVING sum(change) <> 0 ORDER BY name
        ON CONFLICT (name, shard) DO UPDATE SET count = tally.count + excluded.count;"""
    come, gone = (
        "SELECT TG_ARGV[0] AS name, 1 AS change FROM come",
        "SELECT TG_ARGV[0] AS name, -1 AS change FROM gone",
    )
    rated = f"SELECT {_SIDE.format(row='come')} AS name, 1 AS change FROM come"  # noqa: S608
    unrated = f"SELECT {_SIDE.format(row='gone')} AS name, -1 AS change FROM gone"  # noqa: S608
    found = [
        _function("count_rows", add.format(changes=come), add.format(changes=gone), ""),
        _function(
            "count_ratings",
            add.format(changes=rated),
            add.format(changes=unrated),
            add.format(changes=f"{rated} UNION ALL {unrated}"),
        ),
    ]
    found += [
        _per_statement(table, event, f"count_rows('{name}')")
        for table, name in _COUNTED.items()
        for event in ("insert", "delete")
    ]
    found += [_per_statement("rating", event, "count_ratings()") for event in ("insert", "delete", "update")]
    return found


def _function(name: str, inserted: str, deleted: str, updated: str) -> str:
    return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {inserted}
        ELSIF TG_OP = 'DELETE' THEN {deleted}
        ELSE {updated or "NULL;"}
        END IF;
        RETURN NULL;
    END $$"""


def _per_statement(table: str, event: str, function: str) -> str:
    rows = {
        "insert": "NEW TABLE AS come",
        "delete": "OLD TABLE AS gone",
        "update": "OLD TABLE AS gone NEW TABLE AS come",
    }[event]
    return (
        f"CREATE TRIGGER tally_{table}_{event} AFTER {event.upper()} ON {table} "
        f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}"
    )
