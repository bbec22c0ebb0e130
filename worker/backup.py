"""A backup: one tar file with a manifest of hashes, all rows, and what home holds that cannot be made again.

Base models are not in it: they are fetched again, and held against their hashes. Nor are runs under way.
"""

import hashlib
import hmac
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import IO, BinaryIO, cast

from feedback.dump import dump_rows

MANIFEST = "manifest.json"
ROWS, HOME = "rows", "home"
FORMAT = 1
KEPT_FOLDERS = ("models", "originality")
KEY_FILE = "reader.key"
KEPT_FILES = (KEY_FILE,)


class BackupBroken(Exception):
    """Raised when a backup cannot be made, or is not what its manifest says."""


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup holds. `files`: SHA-256 by path; `rows`: how many by table."""

    format: int
    made_by: str
    made_at: str  # ISO 8601, UTC.
    revision: str  # Of the tables.
    rows: dict[str, int]
    files: dict[str, str]
    key_check: str | None = None  # Of the key of readers' ids.


def check_value(key: bytes) -> str:
    """Tells whether two keys of readers' ids are the same, without telling either."""
    return hmac.digest(key, b"which key readers' ids have", "sha256").hex()


def write_backup(target: BinaryIO, database_url: str, home: Path, reader_key: bytes) -> BackupManifest:
    """Write a backup while everything goes on. Raises BackupBroken, DatabaseGone.

    The key is in it if it is a file of home; one from the environment is the operator's to keep.
    Rows first: a version's folder is there before its row, so no row names a version that is left out.
    """
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=home) as scratch:
        rows = Path(scratch)
        revision, counts = dump_rows(database_url, rows)
        paths = {f"{ROWS}/{file.name}": file for file in sorted(rows.iterdir())} | dict(_of_home(home))
        manifest = BackupManifest(
            format=FORMAT,
            made_by=f"rhapsode {installed_version('rhapsode')}",
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            revision=revision,
            rows=counts,
            files={name: sha256_of_file(path) for name, path in paths.items()},
            key_check=check_value(reader_key),
        )
        _write_tar(target, manifest, paths)
    return manifest


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_home(home: Path) -> Iterator[tuple[str, Path]]:
    """Finished versions and corpora; what begins with a dot is a lock, or still being made."""
    for name in KEPT_FILES:
        if (home / name).is_file():
            yield f"{HOME}/{name}", home / name
    for folder in KEPT_FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            inside = path.relative_to(home)
            if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                yield f"{HOME}/{inside.as_posix()}", path


def _write_tar(target: BinaryIO, manifest: BackupManifest, paths: Mapping[str, Path]) -> None:
    head = json.dumps(asdict(manifest), indent=1).encode()
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(_entry(MANIFEST, len(head)), io.BytesIO(head))
        for name, path in paths.items():
            with path.open("rb") as file:
                hashed = Hashed(file)
                tar.addfile(_entry(name, os.fstat(file.fileno()).st_size), cast("IO[bytes]", hashed))
            if hashed.hexdigest != manifest.files[name]:
                raise BackupBroken(f"{path} was changed while it was read; try again")


def _entry(name: str, size: int) -> tarfile.TarInfo:
    """Nothing but name and size: whose files these were here means nothing elsewhere."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self._digest.update(found)
        return found

    @property
    def hexdigest(self) -> str:
        return self._digest.hexdigest()
