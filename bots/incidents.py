"""Short numbers for what went wrong: the reader is told one, and the operator finds it in the log."""

import secrets

from bots.texts import say


def new_incident() -> str:
    return secrets.token_hex(3)


def say_with(incident: str, locale: str, key: str) -> str:
    """The sentence `key`, with the number behind it."""
    return say(locale, "with-incident", sentence=say(locale, key), incident=incident)
