"""SQLite as we use it: one file, one writer at a time, each in turn soon after the one before."""

import math
import sqlite3
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

BUSY_SECONDS = 10  # How long a write waits for another one.
_LOOK_SECONDS = 0.0003  # Between looks whether another process is done writing.


def engine_for_file(url: URL, **options: Any) -> Engine:
    """An engine for a file that exists; whoever wants to write begins as a writer."""
    path = file_of(url)

    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?mode=rw",  # Never an empty new file where a database was expected.
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # BEGIN is ours.
            check_same_thread=False,
        )

    engine = create_engine(url, creator=open_file, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # What is erased is overwritten, not only let go.
        # Not every SQLite is built with it; PostgreSQL has it.
        connection.create_function("sqrt", 1, math.sqrt, deterministic=True)
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def still_there(_connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        # A deleted file still takes writes through an open connection, and they would be lost.
        if _identity(path) != record.info["file"]:
            raise DisconnectionError("the file is another one, or none")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate"):
            _begin_writing(connection)
        else:
            _driver(connection).execute("BEGIN")  # It reads nothing: there is no error to translate.

    return engine


def _begin_writing(connection: Connection) -> None:
    """Look often: left to itself, SQLite sleeps up to 0.1 s while the file is free."""
    driver = _driver(connection)
    patiently = Retrying(
        retry=retry_if_exception(_is_busy),
        wait=wait_fixed(_LOOK_SECONDS),
        stop=stop_after_delay(BUSY_SECONDS),
        reraise=True,
    )
    _wait_in_sqlite(driver, 0)
    try:
        if not _is_our_turn(driver):  # It mostly is, and patience costs more than the look.
            patiently(driver.execute, "BEGIN IMMEDIATE")
    except sqlite3.Error:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # Once more, for SQLAlchemy to say what is wrong.
    finally:
        _wait_in_sqlite(driver, BUSY_SECONDS)


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _is_our_turn(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            return False
        raise
    return True


def _wait_in_sqlite(driver: sqlite3.Connection, seconds: float) -> None:
    # It answers with a row; unread, that would keep the connection at what the file holds now.
    driver.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}").close()


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


def file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:////folder/rhapsode.db")
    return Path(url.database).expanduser().absolute()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
