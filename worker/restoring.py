"""Put a backup back: unpacked beside home, and held against its hashes before anything changes."""

import json
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from feedback.dump import rows_put_back
from worker.backup import (
    FORMAT,
    HOME,
    KEPT_FILES,
    KEPT_FOLDERS,
    MANIFEST,
    ROWS,
    BackupBroken,
    BackupManifest,
    sha256_of_file,
)

_LARGEST_MANIFEST = 64 * 1024**2  # Bytes.


class HomeNotEmpty(Exception):
    """Raised when a backup would be put over what home holds already."""


def restore(source: BinaryIO, database_url: str, home: Path, *, replace: bool = False) -> BackupManifest:
    """Put rows and files back. Raises BackupBroken, HomeNotEmpty, NotEmpty, UnknownRevision, DatabaseGone."""
    home.mkdir(parents=True, exist_ok=True)
    if not replace and (there := held_in(home)):
        raise HomeNotEmpty(f"{home} holds already: {', '.join(there)}")
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=home) as scratch:
        folder = Path(scratch)
        manifest = unpack(source, folder)
        with rows_put_back(database_url, folder / ROWS, manifest.revision, replace=replace):
            _put_in_place(folder / HOME, home)  # Before the rows count: they name these versions.
    return manifest


def held_in(home: Path) -> list[str]:
    """The folders in home that would be lost. A key whose readers are in no database is worth nothing."""
    return [name for name in KEPT_FOLDERS if any(not p.name.startswith(".") for p in _entries(home / name))]


def unpack(source: BinaryIO, folder: Path) -> BackupManifest:
    """Unpack a whole backup and hold every file against the manifest. Raises BackupBroken."""
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            manifest = _manifest_of(tar)
            found = set()
            while (entry := tar.next()) is not None:
                _unpack_one(tar, entry, manifest, folder)
                found.add(entry.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupBroken(f"it cannot be read as a backup: {error}") from error
    missing = sorted(manifest.files.keys() - found)
    if missing:
        raise BackupBroken(
            f"it lacks {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
        )
    return manifest


def _manifest_of(tar: tarfile.TarFile) -> BackupManifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isfile() or first.size > _LARGEST_MANIFEST:
        raise BackupBroken("it is no backup: it does not begin with a manifest")
    content = tar.extractfile(first)
    try:
        manifest = BackupManifest(**json.loads(content.read() if content else b""))
    except (TypeError, ValueError) as error:
        raise BackupBroken("its manifest cannot be read") from error
    if manifest.format != FORMAT:
        raise BackupBroken(f"its format is {manifest.format}, known is {FORMAT}")
    return manifest


def _unpack_one(tar: tarfile.TarFile, entry: tarfile.TarInfo, manifest: BackupManifest, folder: Path) -> None:
    if not entry.isfile() or not allowed(entry.name) or entry.name not in manifest.files:
        raise BackupBroken(f"{entry.name!r} does not belong into a backup")
    tar.extract(entry, folder, filter="data")  # Refuses whatever would lie outside of the folder.
    if sha256_of_file(folder / entry.name) != manifest.files[entry.name]:
        raise BackupBroken(f"{entry.name} does not match its hash")


def allowed(name: str) -> bool:
    """Is that the path of something a backup keeps?"""
    path = PurePosixPath(name)
    if path.is_absolute() or path.as_posix() != name or any(part.startswith(".") for part in path.parts):
        return False
    match path.parts:
        case (top, file):
            return (top == ROWS and file.endswith(".jsonl.gz")) or (top == HOME and file in KEPT_FILES)
        case (top, kept, *_):
            return top == HOME and kept in KEPT_FOLDERS
    return False


def _put_in_place(unpacked: Path, home: Path) -> None:
    for name in (*KEPT_FILES, *KEPT_FOLDERS):
        for old in _entries(home / name) if name in KEPT_FOLDERS else [home / name]:
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    for name in KEPT_FILES:
        if (unpacked / name).exists():
            shutil.move(unpacked / name, home / name)
    for name in KEPT_FOLDERS:
        (home / name).mkdir(exist_ok=True)  # It may be a volume of its own, which keeps its place.
        for entry in _entries(unpacked / name):
            shutil.move(entry, home / name / entry.name)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
