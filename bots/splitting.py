"""Cut a long text into messages: at a stanza, else a line, else a sentence, else a word."""

import re
import unicodedata
from collections.abc import Callable

# Best cut first. A cut falls behind the separator, so joined parts equal the original.
_SEPARATORS = (
    re.compile(r"\n[ \t\r]*\n\s*"),
    re.compile(r"\n"),
    re.compile(r"[.!?…]+[\"'”’)\]]*\s+|[。！？…]+[」』”’）]*\s*"),
    re.compile(r"[ \t]+|[，、；：]"),
)
_FILLED = 0.5  # Share of the limit that a cut must use, or a poem would end after its title.
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts: an emoji past U+FFFF is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """Split so that every part measures at most `limit` and the parts joined are the text."""
    pieces = []
    while measure(text) > limit:
        cut = _cut(text, limit, measure)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


def _cut(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """Where the first part ends: the last cut of the best kind that leaves it well filled."""
    fits = _longest_prefix(text, limit, measure)
    for separator in _SEPARATORS:
        ends = [match.end() for match in separator.finditer(text, 0, fits)]
        if ends and measure(text[: ends[-1]]) >= limit * _FILLED:
            return ends[-1]
    return _between_characters(text, fits)


def _longest_prefix(text: str, limit: int, measure: Callable[[str], int]) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def _between_characters(text: str, cut: int) -> int:
    """Step back until nothing that a reader sees as one character is torn apart."""
    for earlier in range(cut, max(0, cut - 16), -1):
        if not _continues(text[earlier]) and text[earlier - 1] != _JOINER:
            return earlier
    return cut


def _continues(character: str) -> bool:
    """Does it belong to the character before it: an accent, a joiner, a skin tone?"""
    mark = unicodedata.category(character).startswith("M")
    return mark or character == _JOINER or ord(character) in _SKIN_TONES
