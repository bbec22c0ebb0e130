"""Take a text apart: lines, stanzas, words, Chinese verses."""

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_VERSE_ENDS = re.compile(r"[\n，。！？；,.!?;]+")


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def stanzas_of(text: str) -> list[list[str]]:
    """Lines, in groups that blank lines part."""
    blocks = re.split(r"\n[^\S\n]*\n", "\n".join(text.splitlines()))
    return [lines for lines in map(lines_of, blocks) if lines]


def han_of(text: str) -> str:
    """The Chinese characters alone."""
    return "".join(_HAN.findall(text))


def letters_beside_han(text: str) -> bool:
    return any(unicodedata.category(c).startswith("L") and not _HAN.match(c) for c in text)


def words_of(text: str) -> list[str]:
    """Words in small letters with a plain apostrophe; each Chinese character is a word."""
    spaced = _HAN.sub(lambda han: f" {han[0]} ", text)
    return [word.lower().replace("’", "'") for word in _WORD.findall(spaced)]


def verses_of(text: str) -> list[str]:
    """Chinese verses: printed one to a line or several, parted by punctuation."""
    return [verse.strip() for verse in _VERSE_ENDS.split("\n".join(text.splitlines())) if verse.strip()]
