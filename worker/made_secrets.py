"""The passwords between the services of one deployment: made at random, once, in a folder of their own."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from studio.password import hashed, matches

_PASSWORDS = ("postgres_password", "broker_password", "grafana_password", "studio_password")
_STUDIO = "rhapsode_studio_password"  # The setting: a hash.
_BYTES = 24  # Of randomness: 192 bits.
_MODE = 0o444  # Read by services that run as different users, each from a volume of its own.
# Who needs which, by the name of its folder. The studio's password itself is for its operator alone.
HANDED_OUT = {
    "rhapsode": ("rhapsode_database_url", "rhapsode_broker_url", _STUDIO),
    "postgres": ("postgres_password",),
    "valkey": ("valkey.conf", "broker_password"),
    "grafana": ("grafana_password",),
    "flower": ("rhapsode_broker_url",),
}


def make_secrets(folder: Path, database: str, broker: str) -> list[str]:
    """Make what is missing; the names of the passwords made now. `database`, `broker`: host:port."""
    made = [name for name in _PASSWORDS if not (folder / name).exists()]
    for name in made:
        _write(folder / name, secrets.token_urlsafe(_BYTES))
    passwords = {name: (folder / name).read_text(encoding="utf-8").strip() for name in _PASSWORDS}
    for name, content in derived(passwords, database, broker).items():
        _write(folder / name, content)
    if not _is_of(folder / _STUDIO, passwords["studio_password"]):
        _write(folder / _STUDIO, hashed(passwords["studio_password"]))
    return made


def hand_out(folder: Path, target: Path) -> None:
    """A folder within `target` for each who needs some of them, with these only."""
    for who, names in HANDED_OUT.items():
        (target / who).mkdir(parents=True, exist_ok=True)
        for name in names:
            _write(target / who / name, (folder / name).read_text(encoding="utf-8"))


def _is_of(file: Path, password: str) -> bool:
    """A new hash of the same password would sign everybody out."""
    return file.exists() and matches(password, file.read_text(encoding="utf-8"))


def derived(passwords: Mapping[str, str], database: str, broker: str) -> dict[str, str]:
    """What services are configured with, by the file's name: two of our settings, and Valkey's own file."""
    # One that somebody has chosen may hold what parts an address, or ends a word.
    postgres, valkey = (quote(passwords[name], safe="") for name in ("postgres_password", "broker_password"))
    word = passwords["broker_password"].replace("\\", r"\\").replace('"', r"\"")
    return {
        "rhapsode_database_url": f"postgresql://rhapsode:{postgres}@{database}/rhapsode",
        "rhapsode_broker_url": f"redis://:{valkey}@{broker}/0",
        "valkey.conf": f'requirepass "{word}"\n',
    }


def _write(file: Path, content: str) -> None:
    draft = file.with_name(f".{file.name}")
    draft.write_text(content, encoding="utf-8")
    draft.chmod(_MODE)
    draft.replace(file)  # Whole or not at all: somebody may be reading it.
