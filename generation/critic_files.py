"""Where the critics lie: one for each version that writes, or has written."""

from collections.abc import Iterable
from pathlib import Path


def critic_file(models: Path, version: str) -> Path:
    return models / "critics" / f"{version}.json"


def forget_critics(models: Path, versions: Iterable[str]) -> None:
    """Delete those that are there."""
    for version in versions:
        critic_file(models, version).unlink(missing_ok=True)
