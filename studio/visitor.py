"""Who looks at a page: a reader known by a signed cookie, and the language the browser asks for."""

from dataclasses import dataclass

from fastapi import Request

from bots.messages import Place, Reader
from bots.texts import LOCALES, say, supported
from studio.access import HOST_ITSELF, Badge
from studio.guard import badge_of
from studio.parts import PLATFORM
from studio.sessions import Sessions


class NotSignedIn(Exception):
    """Raised when a page is built for somebody whose badge has just ended."""


@dataclass(frozen=True, slots=True)
class Visitor:
    reader: Reader
    sessions: Sessions
    badge: Badge = HOST_ITSELF

    @property
    def operates(self) -> bool:
        """May this visitor steer the service and see what others wrote, now?"""
        return self.badge.role == "operator" and self.sessions.holds(self.badge)

    @property
    def signed_in(self) -> bool:
        return self.badge is not HOST_ITSELF

    @property
    def place(self) -> Place:
        return Place(PLATFORM, "", chat=self.reader.user)

    def text(self, key: str, **facts: str | int) -> str:
        return say(self.reader.locale, key, **facts)


def visitor_of(request: Request, sessions: Sessions) -> Visitor:
    """The reader behind a request. NiceGUI puts the random id into its signed session cookie."""
    locale = preferred_locale(request.headers.get("accept-language", ""))
    reader = Reader(PLATFORM, "", user=request.session["id"], locale=locale)
    badge = badge_of(request, sessions)
    if badge is None:  # It ended between the gate and here.
        raise NotSignedIn
    return Visitor(reader, sessions, badge)


def preferred_locale(accept_language: str) -> str:
    """The first language we have in the browser's order of wishes: "fr, zh-CN;q=0.8, en;q=0.5" → "zh"."""
    wishes = [_wish(part) for part in accept_language.split(",")]
    for tag, weight in sorted(wishes, key=lambda wish: -wish[1]):
        if weight > 0 and tag.split("-")[0].lower() in LOCALES:
            return supported(tag)
    return supported("")


def _wish(part: str) -> tuple[str, float]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag, float(weight or 1)
    except ValueError:
        return tag, 0.0
