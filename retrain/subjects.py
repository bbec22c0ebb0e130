"""When two requests are the same in other words, as far as that can be told without a model."""

import hashlib
import re
import unicodedata
from functools import lru_cache

# Words without which a theme says the same.
_EMPTY = {"a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "or", "with", "about", "some"}
_EMPTY |= {"my", "your", "our", "his", "her", "its", "their", "this", "that"}


@lru_cache(maxsize=4096)
def content_words(theme: str) -> str:
    """The words that matter, in an order of their own: "The rain, and a roof" is "rain roof"."""
    plain = unicodedata.normalize("NFKC", theme).casefold()
    words = re.findall(r"\w+", plain)
    telling = sorted({_singular(word) for word in words if word not in _EMPTY})
    return " ".join(telling or words) or plain.strip()


def subject(form: str, theme: str, language: str) -> int:
    """A number for a request: the same for "Rain" and "the rain", another one for another form."""
    asked = f"{form}\0{language}\0{content_words(theme)}"
    return int.from_bytes(hashlib.sha256(asked.encode(errors="replace")).digest()[:8], "big")


def _singular(word: str) -> str:
    """Near enough to tell "crow" and "crows" alike; "bus" only has to become the same always."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
