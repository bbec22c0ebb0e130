"""What a reader typed, cleaned and checked, as form and theme."""

import unicodedata

import structlog

from bots.messages import LONGEST_VERSION, Refused
from generation.forms import Asked, Catalogue, UnknownForm
from generation.screening import Screen

log = structlog.get_logger(__name__)

_KEPT = "\n\t\u200c\u200d"  # Line breaks, tabs, and the joiners that shape emoji and some scripts.


def clean(text: str) -> str:
    """The text without control and invisible format characters; line breaks and tabs stay."""
    kept = (c for c in text if c in _KEPT or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return "".join(kept).strip()


def checked_request(text: str, form: str | None, limit: int, forms: Catalogue, screen: Screen) -> Asked:
    """Form and theme of a request. Raises Refused."""
    text = clean(text)
    if len(text) > limit:
        raise Refused("prompt-too-long", length=len(text), limit=limit)
    if form is not None:
        try:
            forms.named(form)
        except UnknownForm:
            raise Refused("unknown-form", form=clean(form)[:40], forms=", ".join(forms)) from None
    if not text:
        raise Refused("empty-prompt")
    _check_words(text, screen, "a prompt was refused")
    return forms.read_request(text, form)


def checked_own_version(text: str, screen: Screen) -> str:
    """What a reader wrote in a piece's place, which is learned from. Raises Refused."""
    text = clean(text)
    if not text:
        raise Refused("empty-prompt")
    if len(text) > LONGEST_VERSION:
        raise Refused("prompt-too-long", length=len(text), limit=LONGEST_VERSION)
    _check_words(text, screen, "an own version was refused")
    return text


def _check_words(text: str, screen: Screen, said: str) -> None:
    if objection := screen.objection(text):
        log.info(said, kind=objection.kind)
        raise Refused("blocked-prompt")
