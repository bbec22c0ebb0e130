"""A restore keeps rows and files together, and puts nobody back whom it would not know again."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from feedback.database import migrate
from feedback.store import Store
from tests.feedback.pieces import written
from tests.feedback.places import Place
from worker.backup import write_backup
from worker.restoring import OtherKey, restore

KEY = b"a key for readers"
OLD, NEW = "models/v0001-cafe/adapter", "models/v0002-beef/adapter"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a version and the key of readers' ids."""
    folder = tmp_path / "home"
    for name, content in {OLD: b"of then", "reader.key": KEY}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def backed_up(place: Place, home: Path, key: bytes = KEY) -> io.BytesIO:
    target = io.BytesIO()
    write_backup(target, place.url, home, key)
    target.seek(0)
    return target


def files_in(home: Path) -> dict[str, bytes]:
    return {p.relative_to(home).as_posix(): p.read_bytes() for p in home.rglob("*") if p.is_file()}


@contextmanager
def no_commits() -> Iterator[None]:
    """As on a full disk: what was changed in a transaction is refused when it should be kept."""

    def refuse(_: Connection) -> None:
        raise OSError("no space left")

    event.listen(Engine, "commit", refuse)
    try:
        yield
    finally:
        event.remove(Engine, "commit", refuse)


def test_rows_that_cannot_be_kept_leave_every_file_as_it_was(store: Store, place: Place, home: Path) -> None:
    backup = backed_up(place, home)
    then = files_in(home)
    written(store)
    store.close()
    for name in (OLD, NEW):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(b"of later")
    before = files_in(home)
    with no_commits(), pytest.raises(OSError, match="no space left"):
        restore(backup, place.url, home, replace=True)
    assert files_in(home) == before
    assert int(place.rows("SELECT count(*) FROM prompt")[0][0]) == 1
    assert {entry.name for entry in (*home.iterdir(), *(home / "models").iterdir())} == {
        *("models", "originality", "reader.key", "v0001-cafe", "v0002-beef")
    }
    backup.seek(0)
    restore(backup, place.url, home, replace=True)
    assert files_in(home) == then
    assert place.rows("SELECT count(*) FROM prompt")[0][0] == 0


@pytest.mark.parametrize(
    ("kept", "secret", "good"),
    [
        (None, b"of the environment", True),
        (None, b"another", False),
        (None, None, False),
        (b"of the environment", None, True),
        (b"of before", None, False),
        (b"of before", b"of the environment", True),
    ],
)
def test_readers_whom_nobody_would_know_again_are_not_put_back(
    empty_place: Place, home: Path, tmp_path: Path, kept: bytes | None, secret: bytes | None, good: bool
) -> None:
    """`kept` is the key in the backup's file, if it has one."""
    migrate(empty_place.url)
    (home / "reader.key").unlink()
    if kept is not None:
        (home / "reader.key").write_bytes(kept)
    backup = backed_up(empty_place, home, b"of the environment")
    if good:
        restore(backup, empty_place.url, tmp_path / "new", secret)
    else:
        with pytest.raises(OtherKey, match="RHAPSODE_READER_SECRET"):
            restore(backup, empty_place.url, tmp_path / "new", secret)
        assert files_in(tmp_path / "new") == {}


def test_a_backup_without_a_key_takes_the_one_that_is_there(
    empty_place: Place, home: Path, tmp_path: Path
) -> None:
    migrate(empty_place.url)
    (tmp_path / "new").mkdir()
    (home / "reader.key").rename(tmp_path / "new/reader.key")
    restore(backed_up(empty_place, home), empty_place.url, tmp_path / "new")
    assert (tmp_path / "new/reader.key").read_bytes() == KEY
