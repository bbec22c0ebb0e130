"""A backup made while everything goes on comes back as it was, and is refused if anything is wrong."""

import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedback.dump import NotEmpty
from feedback.store import Store
from tests.feedback.pieces import rate, written
from tests.feedback.places import Place
from tests.feedback.test_tallies import counted, kept
from worker.backup import BackupBroken, write_backup
from worker.restoring import HomeNotEmpty, allowed, restore

KEY = b"a key for readers"
VERSION = "home/models/v0001-cafe/adapter_model.safetensors"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a finished version, one that is being made, a corpus and the key of readers' ids."""
    for name in (VERSION, "home/models/.making-x/adapter", "home/originality/s1/units.npy", "home/run/lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode() * 1000)
    (tmp_path / "home/reader.key").write_bytes(KEY)
    return tmp_path / "home"


@contextmanager
def under_load(store: Store) -> Iterator[Callable[[], int]]:
    """Readers ask and rate all the time; gives how many pieces there are so far."""
    stop, pieces = threading.Event(), 0

    def ask_and_rate() -> None:
        nonlocal pieces
        while not stop.is_set():
            rate(store, written(store, user=f"reader {pieces % 7}").completion_id, 1.0)
            pieces += 1

    reader = threading.Thread(target=ask_and_rate)
    reader.start()
    try:
        yield lambda: pieces
    finally:
        stop.set()
        reader.join(30)


def backed_up(place: Place, home: Path) -> bytes:
    target = io.BytesIO()
    write_backup(target, place.url, home, KEY)
    return target.getvalue()


def test_a_backup_under_load_comes_back_whole_on_either_database(
    store: Store, place: Place, empty_place: Place, home: Path, tmp_path: Path
) -> None:
    with under_load(store) as pieces:
        while pieces() < 20:
            stop_waiting_when_broken(store)
        at_least = pieces()
        backup = backed_up(place, home)
        while pieces() < at_least + 5:
            stop_waiting_when_broken(store)
    new_home = tmp_path / "new home"
    restore(io.BytesIO(backup), empty_place.url, new_home)
    prompts, completions, ratings = (
        int(empty_place.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608
        for table in ("prompt", "completion", "rating")
    )
    assert at_least <= ratings <= completions <= prompts <= ratings + 1
    assert kept(empty_place) == counted(empty_place)
    assert (new_home / "reader.key").read_bytes() == KEY
    assert {path.relative_to(new_home).as_posix() for path in new_home.rglob("*") if path.is_file()} == {
        "reader.key",
        VERSION.removeprefix("home/"),
        "originality/s1/units.npy",
    }
    assert (new_home / VERSION.removeprefix("home/")).read_bytes() == (home.parent / VERSION).read_bytes()


def stop_waiting_when_broken(store: Store) -> None:
    store.statistics.overview()  # Raises if the database is gone; takes a moment.


def test_what_is_there_is_not_overwritten_unless_told(store: Store, place: Place, home: Path) -> None:
    written(store)
    backup = backed_up(place, home)
    written(store)
    with pytest.raises(HomeNotEmpty, match="models, originality"):
        restore(io.BytesIO(backup), place.url, home)
    with pytest.raises(NotEmpty, match="prompt"):
        restore(io.BytesIO(backup), place.url, home.parent / "new")
    assert not (home.parent / "new/reader.key").exists()
    assert int(place.rows("SELECT count(*) FROM prompt")[0][0]) == 2
    store.close()
    restore(io.BytesIO(backup), place.url, home, replace=True)
    assert int(place.rows("SELECT count(*) FROM prompt")[0][0]) == 1
    assert not (home / "models/.making-x").exists()


def changed(
    backup: bytes, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]
) -> bytes:
    """The backup with every entry passed through `change`; None leaves it out."""
    target = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(backup)) as old, tarfile.open(fileobj=target, mode="w") as new:
        for entry in old:
            file = old.extractfile(entry)
            made = change(entry, file.read() if file else b"")
            if made is not None:
                made[0].size = len(made[1])
                new.addfile(made[0], io.BytesIO(made[1]))
    return target.getvalue()


def flipped(entry: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return entry, content[:-1] + b"?" if entry.name == VERSION else content


def without(entry: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes] | None:
    return None if entry.name == VERSION else (entry, content)


def elsewhere(entry: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """A name that leads out of the folder, in the manifest as in the archive."""
    if entry.name == "manifest.json":
        manifest = json.loads(content)
        manifest["files"]["../../evil"] = manifest["files"].pop(VERSION)
        return entry, json.dumps(manifest).encode()
    entry.name = "../../evil" if entry.name == VERSION else entry.name
    return entry, content


def linked(entry: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    if entry.name == VERSION:
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return entry, b""
    return entry, content


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (flipped, "does not match its hash"),
        (without, "it lacks"),
        (elsewhere, "does not belong"),
        (linked, "does not belong"),
    ],
)
def test_a_backup_that_was_tampered_with_changes_nothing(
    store: Store,
    place: Place,
    home: Path,
    tmp_path: Path,
    change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None],
    why: str,
) -> None:
    backup = changed(backed_up(place, home), change)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupBroken, match=why):
        restore(io.BytesIO(backup), place.url, home, replace=True)
    assert sorted(tmp_path.rglob("*")) == before
    assert len(store.versions.all()) == 1


@pytest.mark.parametrize("content", [b"", b"no archive", b"\0" * 20_480])
def test_what_is_no_backup_is_refused(content: bytes, place: Place, tmp_path: Path) -> None:
    with pytest.raises(BackupBroken):
        restore(io.BytesIO(content), place.url, tmp_path / "new")


def test_a_backup_that_breaks_off_is_refused(store: Store, place: Place, home: Path) -> None:
    backup = backed_up(place, home)
    with pytest.raises(BackupBroken):
        restore(io.BytesIO(backup[: len(backup) // 2]), place.url, home, replace=True)
    assert len(store.versions.all()) == 1


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("rows/prompt.jsonl.gz", True),
        ("home/reader.key", True),
        (VERSION, True),
        ("rows/prompt.pickle", False),
        ("home/.env", False),
        ("home/rhapsode.db", False),
        ("home/models/../../evil", False),
        ("home//models/x", False),
        ("/home/models/x", False),
        ("home/models/.hidden/x", False),
        ("home", False),
    ],
)
def test_only_what_a_backup_keeps_may_be_in_it(name: str, good: bool) -> None:
    assert allowed(name) is good
