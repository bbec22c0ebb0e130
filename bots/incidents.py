"""Short numbers for what went wrong: the reader is told one, and the operator finds it in the log."""

import secrets

import structlog

from bots.messages import UnknownCompletion
from bots.texts import say

log = structlog.get_logger(__name__)


def new_incident() -> str:
    return secrets.token_hex(3)


def say_with(incident: str, locale: str, key: str) -> str:
    """The sentence `key`, with the number behind it."""
    return say(locale, "with-incident", sentence=say(locale, key), incident=incident)


def apology(locale: str, error: Exception, expected: tuple[type[Exception], ...] = ()) -> str:
    """One sentence for the reader, the whole story for the operator, one number for both.

    Of errors that are `expected` their words are the whole story.
    """
    incident = new_incident()
    if isinstance(error, UnknownCompletion):
        log.info("a reader means a piece that is not known", incident=incident)
        return say_with(incident, locale, "unknown-completion")
    known = isinstance(error, expected)
    log.error(
        "could not do what a reader asked for",
        reason=str(error) if known else type(error).__name__,
        incident=incident,
        exc_info=None if known else error,
    )
    return say_with(incident, locale, "service-down")
