"""Where a run keeps what outlasts a kill: beside the versions, a folder for each thing that is computed."""

import hashlib
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from retrain.manifest import sha256_of

ROOT = ".training"  # Beside the versions.
_ABANDONED = 7 * 24 * 3600.0  # Seconds.


def identity_of(*parts: Any) -> str:
    """One hash of all that a result depends on: its data, its recipe, its base."""
    return sha256_of(parts)


def folder_of(models: Path, identity: str) -> Path:
    """Named by what is computed: whoever does the same again goes on from it."""
    return models / ROOT / identity[:16]


def kept_so_far(models: Path) -> frozenset[str]:
    """A hash of each checkpoint, of drafts, of a search's trials and of each examination: one more, and a run
    has got further.

    By their content, for what is kept once more as it was brings nobody further.
    """
    found = set()
    for file in models.glob(f"{ROOT}/**/*.json"):
        if not file.parent.name.startswith(".making-"):  # It is not whole.
            with suppress(FileNotFoundError):  # A run that ends removes its own.
                found.add(hashlib.sha256(file.read_bytes()).hexdigest())
    return frozenset(found)


def forget_abandoned(models: Path) -> None:
    """What nobody has gone on with for a week."""
    for folder in models.glob(f"{ROOT}/*/"):
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
