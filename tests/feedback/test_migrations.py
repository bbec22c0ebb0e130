"""The migrations make exactly the tables, there and back, whoever starts first."""

import subprocess
import sys

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect
from sqlmodel import SQLModel

from feedback.database import alembic_config, connect, migrate
from tests.feedback.places import Place


def tables_of(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_migrated_tables_are_the_tables_of_the_code(place: Place) -> None:
    engine = connect(place.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert tables_of(connection) == set(SQLModel.metadata.tables)
    engine.dispose()


def test_migrated_tables_check_what_the_code_checks(place: Place) -> None:
    wanted = {
        (table.name, constraint.name)
        for table in SQLModel.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    engine = connect(place.url)
    found = {
        (table, check["name"])
        for table in SQLModel.metadata.tables
        for check in inspect(engine).get_check_constraints(table)
    }
    engine.dispose()
    assert found == wanted


def test_up_and_down_and_up_again(empty_place: Place) -> None:
    migrate(empty_place.url)
    engine = connect(empty_place.url)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        assert tables_of(connection) == set()
        command.upgrade(alembic_config(connection), "head")
        assert tables_of(connection) == set(SQLModel.metadata.tables)
    engine.dispose()


def test_migrating_twice_changes_nothing(place: Place) -> None:
    before = place.rows("SELECT version_num FROM alembic_version")
    migrate(place.url)
    assert place.rows("SELECT version_num FROM alembic_version") == before


def migrating(url: str) -> subprocess.Popen[str]:
    """A process that says when it is ready and migrates when it is told to."""
    code = (
        "import sys; from feedback.database import migrate; print(flush=True); input(); migrate(sys.argv[1])"
    )
    pipe = subprocess.PIPE
    start = [sys.executable, "-W", "error", "-c", code, url]
    return subprocess.Popen(start, text=True, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603


def test_processes_may_migrate_at_the_same_time(empty_place: Place) -> None:
    together = [migrating(empty_place.url) for _ in range(3)]
    for process in together:
        assert process.stdout is not None
        process.stdout.readline()
    for process in together:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    complaints = [process.communicate(timeout=120)[1] for process in together]
    assert [process.returncode for process in together] == [0, 0, 0], complaints
    assert empty_place.rows("SELECT count(*) FROM alembic_version") == [(1,)]
