"""What a reader is told of what is stored of them, and of what was erased, on every platform."""

from bots.readers import Erased, Stored
from bots.texts import newest, say


def stored_sentence(locale: str, stored: Stored) -> str:
    return _counted(locale, "stored", stored)


def erased_sentence(locale: str, erased: Erased) -> str:
    """What was removed, and which versions had learned from it."""
    removed = _counted(locale, "erased", erased.stored)
    if not erased.versions:
        return removed
    return f"{removed} {say(locale, 'erased-versions', versions=newest(locale, erased.versions))}"


def _counted(locale: str, key: str, stored: Stored) -> str:
    return say(
        locale,
        key,
        prompts=stored.prompts,
        completions=stored.completions,
        ratings=stored.ratings,
        preferences=stored.preferences,
        demonstrations=stored.demonstrations,
    )
