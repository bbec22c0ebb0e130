"""Puts the files of a backup into home; what was there is set aside until it is sure that they stay."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.backup import KEPT_FILES, KEPT_FOLDERS

ASIDE = ".replaced-"  # A folder within each kept one, which may be a volume of its own: nothing is copied.


@contextmanager
def placed(unpacked: Path, home: Path) -> Iterator[None]:
    """Home holds the unpacked files, and keeps them if the context ends well; if not, it is as it was."""
    folders = [home, *(home / name for name in KEPT_FOLDERS)]
    old = {folder: _aside_in(folder) for folder in folders}
    new: list[Path] = []
    try:
        _set_aside(unpacked, home, old)
        for target, source in _wanted(unpacked, home):
            new.append(target)  # Noted first: a move that breaks off leaves a part of it.
            shutil.move(source, target)
        yield
    except BaseException:
        for path in new:
            _remove(path)
        for folder, aside in old.items():
            for entry in entries(aside):
                entry.rename(folder / entry.name)
            aside.rmdir()
        raise
    for folder in folders:
        for aside in folder.glob(f"{ASIDE}*"):  # Of a restore that was killed, too.
            shutil.rmtree(aside)


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _aside_in(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))


def _set_aside(unpacked: Path, home: Path, old: dict[Path, Path]) -> None:
    """All of the folders, and files that the backup has another of."""
    leaving = [home / name for name in KEPT_FILES if (unpacked / name).exists() and (home / name).exists()]
    for name in KEPT_FOLDERS:
        leaving += [entry for entry in entries(home / name) if not entry.name.startswith(ASIDE)]
    for path in leaving:
        path.rename(old[path.parent] / path.name)


def _wanted(unpacked: Path, home: Path) -> Iterator[tuple[Path, Path]]:
    """Where to, and where from."""
    for name in KEPT_FILES:
        if (unpacked / name).exists():
            yield home / name, unpacked / name
    for name in KEPT_FOLDERS:
        for entry in entries(unpacked / name):
            yield home / name / entry.name, entry


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
