"""A database that is away, comes back, is no database, or is handed nonsense."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from sqlalchemy import Connection, literal, select

from feedback.database import Database, DatabaseGone, migrate
from feedback.records import UnknownRow
from feedback.store import Store
from tests.feedback.pieces import BASE, asked, rate, written
from tests.feedback.places import FilePlace, Place, ServerPlace


def test_a_database_that_went_away_is_said_to_be_gone(empty_place: Place) -> None:
    migrate(empty_place.url)
    store = Store(empty_place.url, b"key")
    asked(store)
    empty_place.take_away()
    with pytest.raises(DatabaseGone):
        asked(store)
    with pytest.raises(DatabaseGone):
        store.prompts.waiting()
    store.close()


def test_a_file_that_is_put_back_is_used_again(tmp_path: Path) -> None:
    place = FilePlace(tmp_path / "rhapsode.db")
    migrate(place.url)
    store = Store(place.url, b"key")
    asked(store)
    place.take_away()
    with pytest.raises(DatabaseGone):
        asked(store)

    migrate(place.url)

    asked(store)
    assert store.prompts.waiting() == 1
    store.close()


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    store = Store("postgresql://ann:hush@127.0.0.1:1/none", b"key")
    with pytest.raises(DatabaseGone, match=r"ann:\*\*\*@127\.0\.0\.1") as gone:
        store.prompts.waiting()
    assert "hush" not in str(gone.value)
    with pytest.raises(DatabaseGone):
        migrate("postgresql://ann:hush@127.0.0.1:1/none")


def test_a_store_never_makes_an_empty_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseGone):
        Store(f"sqlite:///{tmp_path}/none.db", b"key").prompts.waiting()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary, " * 100)
    with pytest.raises(DatabaseGone, match="not a database"):
        migrate(f"sqlite:///{diary}")
    assert diary.read_text() == "Dear diary, " * 100


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseGone):
        migrate(f"sqlite:///{tmp_path}/file/rhapsode.db")


def test_memory_is_no_place_to_remember() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Store("sqlite://", b"key")


def test_paths_with_odd_characters_work(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a folder 100% mine #1/rhäpsode.db"
    migrate(url)
    store = Store(url, b"key")
    store.versions.add(BASE)
    assert written(store).completion_id == 1
    store.close()


def test_text_that_a_database_refuses_is_kept_without_it(store: Store) -> None:
    answer = written(store, text="rain\0 and \ud83d snow", theme="a\0b\ud800", request_key="k\0ey")
    assert answer.text == "rain and ? snow"
    assert answer.theme == "ab?"
    assert asked(store, request_key="k\0ey") == answer.prompt_id
    rate(store, answer.completion_id, 1, reason="so\0 good")
    assert store.ratings.of(answer.completion_id)[0].reason == "so good"


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**30])
def test_numbers_that_no_row_has_are_unknown(store: Store, number: int) -> None:
    with pytest.raises(UnknownRow):
        store.prompts.state(number)
    with pytest.raises(UnknownRow):
        rate(store, number, 1)
    with pytest.raises(UnknownRow):
        store.messages.sent(number, "terminal", "c1", "m1", 0, None, False)


def test_not_a_number_in_progress_becomes_nothing(store: Store) -> None:
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    store.runs.heartbeat(run, "fence", {"loss": float("nan"), "steps": [1.0, float("inf")]})
    assert store.runs.get(run).progress == {"loss": None, "steps": [1.0, None]}


def test_an_error_shows_no_text_of_a_reader(store: Store) -> None:
    asked(store, theme="my secret theme")
    with pytest.raises(UnknownRow) as unknown:
        rate(store, 999, 1, reason="my secret reason")
    assert "secret" not in str(unknown.value)
    assert "secret" not in str(unknown.value.__cause__)


def test_who_writes_waits_for_another_process_and_is_told_if_it_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.sqlite_engine.BUSY_SECONDS", 0.2)
    file = tmp_path / "rhapsode.db"
    migrate(f"sqlite:///{file}")
    store = Store(f"sqlite:///{file}", b"key")
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseGone, match="locked"):
            asked(store)
        done = Timer(0.05, another.execute, ["COMMIT"])
        done.start()
        asked(store)
        done.join()
    assert store.prompts.waiting() == 1
    store.close()


def test_a_look_at_rows_holds_no_transaction_on_a_server(prepared_database: ServerPlace) -> None:
    database = Database(prepared_database.url)
    with database.reading_rows() as rows:
        assert transaction_after_a_look(rows) == "IDLE"
    with database.writing_rows() as rows:  # On the same connection, which is no longer as it was for reading.
        assert transaction_after_a_look(rows) == "INTRANS"
    database.close()


def transaction_after_a_look(rows: Connection) -> str:
    """As the server has told the driver last."""
    rows.scalar(select(literal(1)))
    driver: Any = rows.connection.driver_connection
    return str(driver.info.transaction_status.name)
