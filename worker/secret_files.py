"""Folders that hold secrets, a file for each setting, as Compose, Kubernetes and systemd mount them."""

import os
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "RHAPSODE_SECRETS_DIR"
_CUSTOMARY = "/run/secrets"


class BadSecrets(Exception):
    """Raised when secrets are not where they should be, or cannot be read."""


def secret_folders() -> list[Path]:
    """Those that exist, the one that counts most last."""
    named = os.environ.get(VARIABLE) or _CUSTOMARY
    return [folder for part in reversed(named.split(os.pathsep)) if (folder := Path(part)).is_dir()]


def check_secrets() -> None:
    """Raises BadSecrets for a named folder that is not there, and for a file that is not for us."""
    for part in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        if not Path(part).is_dir():
            raise BadSecrets(f"{VARIABLE} names {part}, which is no folder")
    for folder in secret_folders():
        if not os.access(folder, os.R_OK | os.X_OK):
            raise BadSecrets(f"{folder} cannot be read by user {os.getuid()}")


def names_in(folders: Sequence[Path], prefix: str) -> list[str]:
    """The names of settings that files in them have. Raises BadSecrets for one that cannot be read."""
    files = [file for folder in folders for file in folder.iterdir() if file.name.upper().startswith(prefix)]
    for file in files:
        if not os.access(file, os.R_OK):
            raise BadSecrets(f"{file} cannot be read by user {os.getuid()}")
    return [file.name for file in files]
