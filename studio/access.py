"""Who may look at the studio, and as what: pure rules on what the operator has settled."""

import hashlib
import ipaddress
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

Role = Literal["reader", "operator"]

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})
# A request that carries one has come through somebody else's hands.
_OF_PROXIES = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class NoPassword(Exception):
    """Raised when others could reach the studio and nothing asks them for a password."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the operator has settled. Hashes are those of `studio.password`; empty: nobody signs in so."""

    host: str = "127.0.0.1"  # Address that is listened on.
    operator: str = ""
    reader: str = ""
    names: frozenset[str] = frozenset()  # Host names by which it is reached, besides this machine's own.
    https: bool = False  # Is it reached over https only?
    hours: float = 12.0  # For which one stays signed in.
    proxies: tuple[str, ...] = ()  # Addresses and networks whose X-Forwarded-For is believed.

    @property
    def asks(self) -> bool:
        """Must one sign in?"""
        return bool(self.operator or self.reader)

    @property
    def only_here(self) -> bool:
        """Does nobody reach it from another machine?"""
        return is_loopback(self.host) and not self.names

    def check(self) -> None:
        """Raises NoPassword."""
        if not self.asks and not self.only_here:
            raise NoPassword("whoever reaches the studio from elsewhere has to be asked for a password")


@dataclass(frozen=True, slots=True)
class Badge:
    """What a signed session says of who has signed in."""

    role: Role
    until: float  # Seconds since 1970.
    number: str  # Random: who signs out gives it back.


HOST_ITSELF = Badge("operator", float("inf"), "")  # Where nobody is asked, one sits at the machine.


def badge_in(session: Mapping[str, Any], access: Access) -> Badge | None:
    """The badge of a session whose signature was right; None if it is for another password."""
    kept = session.get("badge")
    if not isinstance(kept, dict):
        return None
    for role, password in _passwords(access).items():
        if kept.get("role") == role and kept.get("of") == mark_of(password):
            return Badge(role, float(kept.get("until", 0.0)), str(kept.get("number", "")))
    return None


def session_of(badge: Badge, access: Access) -> dict[str, Any]:
    """What is kept of a badge in the session."""
    password = _passwords(access)[badge.role]
    return {"role": badge.role, "until": badge.until, "number": badge.number, "of": mark_of(password)}


def enter(session: MutableMapping[str, Any], badge: Badge, access: Access) -> None:
    """Put a badge into the session of whoever has just signed in.

    Who the reader is was in it before, and stays with the rights that it was held with. With others, or with
    none, somebody may have planted it in this browser, to read along.
    """
    if session.get("held_as") != badge.role:
        session.clear()  # NiceGUI makes up another reader.
    session.update(badge=session_of(badge, access), held_as=badge.role)


def leave(session: MutableMapping[str, Any]) -> None:
    """Take the badge out of the session. The reader stays: one's pieces are there at the next time."""
    session.pop("badge", None)


def _passwords(access: Access) -> dict[Role, str]:
    both: dict[Role, str] = {"operator": access.operator, "reader": access.reader}
    return {role: password for role, password in both.items() if password}


def mark_of(kept: str) -> str:
    """Tells passwords apart: who signed in with the one before has to sign in again."""
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def is_loopback(host: str) -> bool:
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def objection_to(headers: Mapping[str, str], access: Access) -> str:
    """Why a request is not answered, as a key of the texts; empty if it may be. Whoever asks.

    A page of somebody else can make a browser ask here, with the reader's cookie: its Origin gives it away.
    Or it calls this machine by a name of its own (DNS rebinding): then the Host is not one of ours.
    """
    host = headers.get("host", "")
    if not _is_our_name(host, access):
        return "studio-refused-host"
    origin = headers.get("origin")
    if origin is not None and not _is_of_host(origin, host):
        return "studio-refused-origin"
    if not access.asks and any(name in headers for name in _OF_PROXIES):
        return "studio-refused-proxy"
    return ""


def _is_our_name(host: str, access: Access) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if is_loopback(name) or name == access.host or name in access.names:
        return True
    # On an address of the network it goes by any name: there the password keeps it.
    return not is_loopback(access.host) and not access.names


def _is_of_host(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def is_one_of_ours(path: str, pages: Mapping[str, str]) -> bool:
    """May one be sent there after signing in? Nowhere else: a link could lead to somebody else's page."""
    return path in pages.values()
