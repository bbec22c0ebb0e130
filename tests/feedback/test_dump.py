"""Rows are kept as they were at one moment, and come back on either database as they were."""

import gzip
from pathlib import Path

import pytest
from alembic import command

from feedback.database import alembic_config, connect_for_tables
from feedback.dump import NotEmpty, UnknownRevision, dump_rows, rows_put_back
from feedback.store import Store
from tests.feedback.pieces import asked
from tests.feedback.places import Place
from tests.feedback.test_filled_migrations import filled
from tests.feedback.test_tallies import counted, kept


def dumped(place: Place, folder: Path) -> tuple[str, dict[str, bytes]]:
    """The tables' revision, and every row by table in the one spelling that knows no database."""
    folder.mkdir()
    revision, _ = dump_rows(place.url, folder)
    return revision, {file.name: gzip.decompress(file.read_bytes()) for file in folder.iterdir()}


def test_all_rows_come_back_on_either_database_and_counting_goes_on(
    store: Store, place: Place, empty_place: Place, tmp_path: Path
) -> None:
    filled(store)
    revision, before = dumped(place, tmp_path / "before")
    with rows_put_back(empty_place.url, tmp_path / "before", revision):
        pass
    _, after = dumped(empty_place, tmp_path / "after")
    assert after == before
    assert len(before["rating_event.jsonl.gz"].splitlines()) > 2
    assert kept(empty_place) == counted(empty_place)
    again = Store(empty_place.url, b"a key for readers")
    taken = {int(row[0]) for row in place.rows("SELECT id FROM prompt")}
    assert asked(again, user="somebody new") not in taken
    again.close()


def test_what_is_full_is_given_up_only_when_told_so(store: Store, place: Place, tmp_path: Path) -> None:
    filled(store)
    revision, before = dumped(place, tmp_path / "before")
    asked(store)
    with pytest.raises(NotEmpty, match="reader"), rows_put_back(place.url, tmp_path / "before", revision):
        pass
    assert int(place.rows("SELECT count(*) FROM prompt")[0][0]) == 2
    store.close()
    with rows_put_back(place.url, tmp_path / "before", revision, replace=True):
        pass
    assert dumped(place, tmp_path / "after") == (revision, before)


def test_nothing_is_changed_if_what_belongs_to_it_fails(store: Store, place: Place, tmp_path: Path) -> None:
    filled(store)
    revision, before = dumped(place, tmp_path / "before")
    store.close()
    put_back = rows_put_back(place.url, tmp_path / "before", revision, replace=True)
    with pytest.raises(OSError, match="no space"), put_back:
        raise OSError("no space")
    assert dumped(place, tmp_path / "after") == (revision, before)


def test_rows_of_an_older_version_are_brought_up_to_date(empty_place: Place, tmp_path: Path) -> None:
    engine = connect_for_tables(empty_place.url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
    engine.dispose()
    revision, _ = dump_rows(empty_place.url, tmp_path)
    assert revision == "0003"
    with rows_put_back(empty_place.url, tmp_path, revision):
        pass
    assert kept(empty_place) == counted(empty_place)


def test_rows_of_a_newer_version_are_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(UnknownRevision, match="9999"), rows_put_back(place.url, tmp_path, "9999"):
        pass
