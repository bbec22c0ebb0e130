"""Put a backup back: unpacked beside home, and held against its hashes before anything changes."""

import json
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from feedback.dump import rows_put_back
from worker.backup import (
    FORMAT,
    HOME,
    KEPT_FILES,
    KEPT_FOLDERS,
    KEY_FILE,
    MANIFEST,
    ROWS,
    BackupBroken,
    BackupManifest,
    check_value,
    sha256_of_file,
)
from worker.placing import entries, placed

_LARGEST_MANIFEST = 64 * 1024**2  # Bytes.


class HomeNotEmpty(Exception):
    """Raised when a backup would be put over what home holds already."""


class OtherKey(Exception):
    """Raised when the readers of a backup would be nobody here: their ids were keyed otherwise."""


def restore(
    source: BinaryIO, database_url: str, home: Path, secret: bytes | None = None, *, replace: bool = False
) -> BackupManifest:
    """Put rows and files back. `secret`: the configured key of readers' ids, if there is one.

    Raises BackupBroken, HomeNotEmpty, NotEmpty, OtherKey, UnknownRevision, DatabaseGone.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not replace and (there := held_in(home)):
        raise HomeNotEmpty(f"{home} holds already: {', '.join(there)}")
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=home) as scratch:
        folder = Path(scratch)
        manifest = unpack(source, folder)
        _check_key(manifest, secret, [folder / HOME / KEY_FILE, home / KEY_FILE])
        with (
            ExitStack() as files,  # Left last: what was there goes once the rows are kept, or comes back.
            rows_put_back(database_url, folder / ROWS, manifest.revision, replace=replace),
        ):
            files.enter_context(placed(folder / HOME, home))
    return manifest


def _check_key(manifest: BackupManifest, secret: bytes | None, files: Sequence[Path]) -> None:
    """Raises OtherKey. Backups of before the check have none, and had the file."""
    if manifest.key_check is None:
        return
    key = secret or next((file.read_bytes() for file in files if file.exists()), b"")
    if check_value(key) != manifest.key_check:
        raise OtherKey("readers had another key: RHAPSODE_READER_SECRET must be as it was then")


def held_in(home: Path) -> list[str]:
    """The folders in home that would be lost. A key whose readers are in no database is worth nothing."""
    return [name for name in KEPT_FOLDERS if any(not p.name.startswith(".") for p in entries(home / name))]


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
