"""Cut a long text into messages: at a stanza or paragraph, else a line, else a sentence, else a word."""

import re
import unicodedata
from collections.abc import Callable

# Best cut first. A cut falls behind the separator, so joined parts equal the original.
_LINE = re.compile(r"\n")
_SEPARATORS = (
    re.compile(r"\n[ \t\r]*\n\s*"),
    _LINE,
    re.compile(r"[.!?…]+[\"'”’)\]]*\s+|[。！？…]+[」』”’）]*\s*"),
    re.compile(r"[ \t]+|[，、；：]"),
)
_FILLED = 0.5  # Share of the limit that a cut must use, or a poem would end after its title.
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_JOINER = "\u200d"
_FENCE, _CLOSING = "```", "\n```"
_FENCE_LINE = re.compile(r" {0,3}```(?P<language>[^`\n]*)\n?")
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts: an emoji past U+FFFF is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """Split so that every part measures at most `limit` and the parts joined are the text.

    Only where a cut falls into a fenced block of code is something added: the fence is closed, and
    opened again in the next part. `measure` must count a text as the sum of its pieces.
    """
    pieces: list[str] = []
    opening = ""  # The fence that the part before left open.
    while measure(opening + text) > limit:
        room = limit - measure(opening) - (measure(_CLOSING) if _FENCE in opening + text else 0)
        if room < limit * _FILLED:  # A fence that leaves no room for what is in it is no fence.
            opening, room = "", limit
        cut = _cut(text, room, measure)
        piece, text = opening + text[:cut], text[cut:]
        opening = open_fence(piece) if room < limit else ""
        pieces.append(piece + (_CLOSING[piece.endswith("\n") :] if opening else ""))
    return [*pieces, opening + text]


def open_fence(text: str) -> str:
    """The line that opens a fenced block which the text does not close; "" if all are closed."""
    opening = ""
    for line in text.splitlines(keepends=True):
        fence = _FENCE_LINE.fullmatch(line)
        if fence and not opening:
            opening = line.rstrip("\n") + "\n"
        elif fence and not fence["language"]:
            opening = ""
    return opening


def _cut(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """Where the first part ends: the last cut of the best kind that leaves it well filled.

    A line that fits into a part is not cut, however little of this part is filled then.
    """
    fits = _longest_prefix(text, limit, measure)
    for separator in _SEPARATORS:
        ends = [match.end() for match in separator.finditer(text, 0, fits)]
        if ends and measure(text[: ends[-1]]) >= limit * _FILLED:
            return ends[-1]
        if ends and separator is _LINE and measure(_line_at(text, ends[-1])) <= limit:
            return ends[-1]
    return _between_characters(text, fits)


def _line_at(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : end + 1 or len(text)]


def _longest_prefix(text: str, limit: int, measure: Callable[[str], int]) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def _between_characters(text: str, cut: int) -> int:
    """Step back until nothing that a reader sees as one character is torn apart."""
    for earlier in range(cut, max(0, cut - 16), -1):
        if _continues(text[earlier]) or text[earlier - 1] == _JOINER or _in_a_flag(text, earlier):
            continue
        return earlier
    return cut


def _in_a_flag(text: str, cut: int) -> bool:
    """A flag is two letters of an alphabet of its own."""
    before = text[:cut]
    letters = len(before) - len(before.rstrip(_FLAG_LETTERS))
    return letters % 2 == 1 and text[cut] in _FLAG_LETTERS


def _continues(character: str) -> bool:
    """Does it belong to the character before it: an accent, a joiner, a skin tone?"""
    mark = unicodedata.category(character).startswith("M")
    return mark or character == _JOINER or ord(character) in _SKIN_TONES
