"""Reach the database, SQLite or PostgreSQL, and bring its tables up to date."""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from feedback.records import UnknownRow
from feedback.sqlite_engine import BUSY_SECONDS, engine_for_file, file_of

Transaction = Session | Connection

_MIGRATION_LOCK = 0x52686170  # Any fixed number: "Rhap".
# On PostgreSQL each statement sees what is committed by then: a transaction would only be two trips more.
_READING_ROWS: dict[str, dict[str, Any]] = {"postgresql": {"isolation_level": "AUTOCOMMIT"}}
_POSTGRES_LIMITS = {
    "connect_timeout": 5,  # Seconds.
    "tcp_user_timeout": 30_000,  # Milliseconds until a silent server counts as gone.
}


class DatabaseGone(Exception):
    """Raised when the database cannot be reached or used; worth another try later."""


class Database:
    """Short transactions on one database, with its errors turned into ours."""

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        # SQLite: a transaction that begins as a writer never has to be told that it read stale rows.
        self._for_writing = self._engine.execution_options(immediate=True)
        self.dialect = self._engine.dialect.name
        self._for_rows = self._engine.execution_options(**_READING_ROWS.get(self.dialect, {}))
        self._turns = _Turns() if self.dialect == "sqlite" else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with own_errors(self._engine.url), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with (
            self._turns,
            own_errors(self._engine.url),
            Session(self._for_writing) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading_rows(self) -> Iterator[Connection]:
        """As `reading`; a Session's bookkeeping takes longer than a statement that was built before."""
        with own_errors(self._engine.url), self._for_rows.connect() as connection:
            yield connection

    @contextmanager
    def writing_rows(self) -> Iterator[Connection]:
        """As `writing`, and as quick: all others wait meanwhile."""
        with self._turns, own_errors(self._engine.url), self._for_writing.begin() as connection:
            yield connection

    def forget_pages(self) -> None:
        """Leave no copy of what was deleted in SQLite's log, as far as nobody is reading there."""
        if self.dialect != "sqlite":
            return
        with own_errors(self._engine.url), closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._engine.dispose()


class _Turns:
    """SQLite takes one writer at a time; the threads of this process take turns here.

    Whoever waits here is woken at once, and only one thread of a process looks for what the others do.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise DatabaseGone(f"busy with other writes for {BUSY_SECONDS} s")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def connect(url: str) -> Engine:
    """An engine for a database that exists: `migrate` is what makes one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return engine_for_file(parsed, hide_parameters=True, json_serializer=_json)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=_json,
        connect_args={name: most for name, most in _POSTGRES_LIMITS.items() if name not in parsed.query},
    )


def migrate(url: str) -> None:
    """Bring the tables to the newest revision. Safe when several processes start at once."""
    engine = connect_for_tables(url)
    try:
        with own_errors(engine.url), engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            command.upgrade(alembic_config(connection), "head")
    finally:
        engine.dispose()


def connect_for_tables(url: str) -> Engine:
    """An engine for whoever makes the tables: a file of SQLite is made if there is none."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _make_file(file_of(parsed))
    return connect(url).execution_options(immediate=True)


def alembic_config(connection: Connection) -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise DatabaseGone(f"{path}: {error.strerror}") from error


@contextmanager
def own_errors(url: URL) -> Iterator[None]:
    """The database's errors as ours. Raises DatabaseGone, UnknownRow."""
    try:
        yield
    except IntegrityError as error:
        if "foreign key" in str(error.orig).lower():
            raise UnknownRow("a row names another row that was never kept") from error
        raise
    except (DataError, OverflowError) as error:
        if isinstance(error, OverflowError) or "out of range" in str(error.orig):
            raise UnknownRow("no row has a number that large") from error
        raise
    except ProgrammingError:
        raise
    except DatabaseError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseGone(f"{url.render_as_string(hide_password=True)}: {reason}") from error


def _json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:  # PostgreSQL refuses NaN, and a diverging loss must not stop a heartbeat.
        return json.dumps(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
