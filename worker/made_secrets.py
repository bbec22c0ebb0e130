"""The passwords between the services of one deployment: made at random, once, in a folder of their own."""

import secrets
from collections.abc import Mapping
from pathlib import Path

_PASSWORDS = ("postgres_password", "broker_password", "grafana_password")
_BYTES = 24  # Of randomness: 192 bits.
_MODE = 0o444  # Read by services that run as different users; the volume is shown to nobody else.


def make_secrets(folder: Path, database: str, broker: str) -> list[str]:
    """Make what is missing; the names of the passwords made now. `database`, `broker`: host:port."""
    made = [name for name in _PASSWORDS if not (folder / name).exists()]
    for name in made:
        _write(folder / name, secrets.token_urlsafe(_BYTES))
    passwords = {name: (folder / name).read_text(encoding="ascii").strip() for name in _PASSWORDS}
    for name, content in derived(passwords, database, broker).items():
        _write(folder / name, content)
    return made


def derived(passwords: Mapping[str, str], database: str, broker: str) -> dict[str, str]:
    """What services are configured with, by the file's name: two of our settings, and Valkey's own file."""
    postgres, valkey = passwords["postgres_password"], passwords["broker_password"]
    return {
        "rhapsode_database_url": f"postgresql://rhapsode:{postgres}@{database}/rhapsode",
        "rhapsode_broker_url": f"redis://:{valkey}@{broker}/0",
        "valkey.conf": f"requirepass {valkey}\n",
    }


def _write(file: Path, content: str) -> None:
    draft = file.with_name(f".{file.name}")
    draft.write_text(content, encoding="ascii")
    draft.chmod(_MODE)
    draft.replace(file)  # Whole or not at all: somebody may be reading it.
