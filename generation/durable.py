"""Make files survive a loss of power."""

import os
from pathlib import Path


def make_durable(folder: Path) -> None:
    """Wait until the files of a folder, and the folder itself, are on the disk."""
    for path in (*folder.iterdir(), folder):
        _sync(path)


def make_durable_name(folder: Path) -> None:
    """Wait until what was renamed into a folder has its name on the disk."""
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
