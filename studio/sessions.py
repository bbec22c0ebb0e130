"""Sign in and out: few tries, one at a time, and a badge that ends."""

import ipaddress
import secrets
import threading
import time
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from studio.access import HOST_ITSELF, Access, Badge, Role
from studio.password import matches

_FROM_ONE = RateLimitItemPerMinute(5, 5)  # Wrong words from one address in five minutes,
_FROM_ALL = RateLimitItemPerMinute(60, 5)  # and tries from all strangers together, or all who were in.
_IPV6_OF_ONE = 64  # Bits: a household has all of such a network to itself.


class TooManyTries(Exception):
    """Raised when a password has been tried too often; `seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@dataclass(slots=True)
class Sessions:
    """Who has signed in. Thread-safe. Which badges were given back is known until the process ends."""

    access: Access
    _tries: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    _one_by_one: threading.Lock = field(default_factory=threading.Lock)  # Each try takes 32 MiB.
    _given_back: dict[str, float] = field(default_factory=dict)  # Number → until.
    _known: dict[str, Role] = field(default_factory=dict)  # Who has been in, and as what at most.

    def sign_in(self, password: str, address: str) -> Badge | None:
        """A badge, if it is a right password. Blocking. Raises TooManyTries."""
        with self._one_by_one:  # So that tries at the same moment do not slip through.
            role = self._counted(password, network_of(address))
        if role is None:
            return None
        return Badge(role, time.time() + self.access.hours * 3600, secrets.token_hex(16))

    def _counted(self, password: str, who: str) -> Role | None:
        """Whose password it is. Of one address wrong words count, of all together every try.

        The readers' password takes no wrong word back: whoever has it could guess the operators' for ever.
        """
        together = self._known.get(who, "strangers")  # Strangers use up nobody's tries but their own.
        if not self._tries.test(_FROM_ONE, who):
            raise TooManyTries(self._wait(_FROM_ONE, who))
        if not self._tries.hit(_FROM_ALL, together):
            raise TooManyTries(self._wait(_FROM_ALL, together))
        role = self._role_of(password)
        if role is None:
            self._tries.hit(_FROM_ONE, who)
            return None
        if role == "operator":
            self._tries.clear(_FROM_ONE, who)
        if self._known.get(who) != "operator":
            self._known[who] = role
        return role

    def _role_of(self, password: str) -> Role | None:
        if self.access.operator and matches(password, self.access.operator):
            return "operator"
        if self.access.reader and matches(password, self.access.reader):
            return "reader"
        return None

    def _wait(self, limit: RateLimitItem, key: str) -> int:
        return max(1, round(self._tries.get_window_stats(limit, key).reset_time - time.time()))

    def sign_out(self, badge: Badge) -> None:
        """From now on a copy of the badge is worth nothing either."""
        now = time.time()
        ended = {number: until for number, until in self._given_back.items() if until > now}
        self._given_back = ended | {badge.number: badge.until}

    def holds(self, badge: Badge | None) -> bool:
        """Is it a badge of somebody who may look, now?"""
        if not self.access.asks:
            return badge == HOST_ITSELF
        return badge is not None and time.time() < badge.until and badge.number not in self._given_back


def network_of(address: str) -> str:
    """Whom tries are counted for."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, _IPV6_OF_ONE), strict=False))
    return str(ip)
