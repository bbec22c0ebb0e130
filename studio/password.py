"""Keep a password as what cannot be turned back into it (scrypt), and know it again."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

_SCHEME = "scrypt"
_COST, _BLOCK, _LANES = 1 << 15, 8, 1  # 32 MiB and about 0.1 s a try, as OWASP's cheat sheet wants at least.
_MOST_COST = 1 << 20  # Of a hash that somebody else made: more would stop the studio.
_BYTES = 32
FEWEST_CHARACTERS = 12  # Nobody types it often, and it is all that stands before readers' words.
MOST_CHARACTERS = 1024


class NotAHash(ValueError):
    """Raised when a text is no hash of a password."""


@dataclass(frozen=True, slots=True)
class _Hash:
    cost: int
    block: int
    lanes: int
    salt: bytes
    key: bytes


def hashed(password: str) -> str:
    """The hash to keep. Parted by colons: Docker Compose would take what follows a dollar for a variable."""
    salt = secrets.token_bytes(16)
    key = _key(password, _Hash(_COST, _BLOCK, _LANES, salt, bytes(_BYTES)))
    return ":".join((_SCHEME, str(_COST), str(_BLOCK), str(_LANES), _encoded(salt), _encoded(key)))


def matches(password: str, kept: str) -> bool:
    """Is it the password of this hash? Takes as long as making the hash did. Raises NotAHash."""
    found = _read(kept)
    return hmac.compare_digest(_key(password[:MOST_CHARACTERS], found), found.key)


def check(kept: str) -> None:
    """Raises NotAHash."""
    _read(kept)


def _read(kept: str) -> _Hash:
    try:
        scheme, cost, block, lanes, salt, key = kept.split(":")
        found = _Hash(int(cost), int(block), int(lanes), _decoded(salt), _decoded(key))
    except (ValueError, binascii.Error):
        raise NotAHash("not a hash of a password: `rhapsode studio password` makes one") from None
    known = scheme == _SCHEME and 1 << 14 <= found.cost <= _MOST_COST and found.cost.bit_count() == 1
    if not known or not 1 <= found.block <= 16 or not 1 <= found.lanes <= 16 or len(found.key) != _BYTES:
        raise NotAHash("not a hash of a password: `rhapsode studio password` makes one")
    return found


def _key(password: str, how: _Hash) -> bytes:
    memory = 256 * how.cost * how.block + (1 << 20)  # Twice what scrypt says it takes.
    return hashlib.scrypt(
        password.encode(errors="replace"),
        salt=how.salt,
        n=how.cost,
        r=how.block,
        p=how.lanes,
        maxmem=min(memory, (1 << 31) - 1),
        dklen=_BYTES,
    )


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


def _decoded(value: str) -> bytes:
    return base64.b64decode(value, altchars=b"-_", validate=True)
