"""Which folders of versions nobody needs any more: those of refused candidates, but for the last few."""

from collections.abc import Sequence
from pathlib import Path

from feedback.records import VersionRecord


def prunable(versions: Sequence[VersionRecord], models: Path, keep: int) -> list[Path]:
    """From the oldest on. What is in quarantine stays: somebody will want to know what was wrong."""
    refused = [version for version in versions if version.status == "rejected" and version.kind != "import"]
    newest_first = sorted(refused, key=lambda version: version.created_at, reverse=True)
    folders = [models / version.name for version in newest_first if Path(version.name).name == version.name]
    there = [folder for folder in folders if folder.is_dir() and not folder.is_symlink()]
    return there[keep:][::-1]
