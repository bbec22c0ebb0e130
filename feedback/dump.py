"""All rows as files, and back: one moment's state, on SQLite and PostgreSQL alike.

Not pg_dump: that has to be as new as the server, knows no SQLite, and is not in the image. This needs only
what the service runs with itself, and what was kept on one database can be put back on the other.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select

from feedback.database import alembic_config, connect, connect_for_tables, own_errors
from feedback.row_text import line_of, values_of

_NOT_ROWS_OF_OURS = frozenset({"alembic_version", "tally"})  # The latter is counted anew, by triggers.
_AT_ONCE = 1000  # Rows in memory.


class NotEmpty(Exception):
    """Raised when rows would be put back into a database that has some."""


class UnknownRevision(Exception):
    """Raised when rows come from a newer program than this one."""


def dump_rows(url: str, folder: Path) -> tuple[str, dict[str, int]]:
    """Write a file for each table; the revision of the tables, and how many rows each has."""
    engine = connect(url)
    try:
        with own_errors(engine.url), engine.connect() as fresh, _at_one_moment(fresh) as connection:
            tables = _tables(connection)
            revision = MigrationContext.configure(connection).get_current_revision()
            return str(revision), {table.name: _dump(connection, table, folder) for table in tables}
    finally:
        engine.dispose()


@contextmanager
def rows_put_back(url: str, folder: Path, revision: str, *, replace: bool = False) -> Iterator[None]:
    """Tables of that revision with the rows of the files, then of the newest: kept if the context ends well.

    Raises NotEmpty unless told to `replace`, and UnknownRevision.
    """
    engine = connect_for_tables(url)
    try:
        with own_errors(engine.url), engine.begin() as connection:
            config = alembic_config(connection)
            _check_known(config, revision)
            if not replace:
                _check_empty(connection)
            command.downgrade(config, "base")
            command.upgrade(config, revision)
            for table in _tables(connection):
                _fill(connection, table, folder)
            command.upgrade(config, "head")
            yield
    finally:
        engine.dispose()


@contextmanager
def _at_one_moment(connection: Connection) -> Iterator[Connection]:
    """A read transaction sees the state of its first statement, whatever is written meanwhile."""
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with connection.begin():
        yield connection


def _tables(connection: Connection) -> list[Table]:
    """As the database has them, those that others point to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in _NOT_ROWS_OF_OURS]


def _check_known(config: Config, revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known:
        raise UnknownRevision(f"its tables are of revision {revision}, which this version does not know")


def _check_empty(connection: Connection) -> None:
    full = [t.name for t in _tables(connection) if connection.execute(select(t).limit(1)).first()]
    if full:
        raise NotEmpty(f"the database has rows already: {', '.join(full)}")


def file_of(folder: Path, table: str) -> Path:
    return folder / f"{table}.jsonl.gz"


def _dump(connection: Connection, table: Table, folder: Path) -> int:
    rows = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    count = 0
    with gzip.open(file_of(folder, table.name), "wb", compresslevel=4) as file:
        file.write(line_of(table.columns.keys()))
        for row in connection.execute(rows):
            file.write(line_of(row))
            count += 1
    return count


def _fill(connection: Connection, table: Table, folder: Path) -> None:
    with gzip.open(file_of(folder, table.name), "rb") as file:
        columns = [table.columns[name] for name in json.loads(next(file))]
        while lines := list(islice(file, _AT_ONCE)):
            connection.execute(insert(table), [values_of(line, columns) for line in lines])
    if connection.dialect.name == "postgresql":
        for column in table.primary_key.columns:
            if isinstance(column.type, Integer):
                _count_on(connection, table, column)


def _count_on(connection: Connection, table: Table, column: Column[Any]) -> None:
    """PostgreSQL numbers rows by a sequence, which knows nothing of rows that came with their numbers."""
    last = connection.scalar(select(func.max(column)))
    if last is not None:
        connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, column.name), last)))
