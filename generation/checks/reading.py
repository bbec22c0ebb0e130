"""Take a text apart: lines, stanzas, words, Chinese verses."""

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_VERSE_ENDS = re.compile(r"[\n，。！？；,.!?;]+")
_GAPS = re.compile(r"[\s、—–―─…/／|｜-]+")
_SHORTEST = 4  # Characters of a verse beside a gap. A shorter stretch is half a verse: 两个黄鹂 鸣翠柳.
_NUMBER = re.compile(r"^\s*[一二三四五六七八九十]+、")
_TITLE = re.compile(r"[#*\s]*[《【〈][^》】〉]+[》】〉](.*)")
_LONGEST_NAME = 4  # Characters of an author, perhaps with a dynasty: 唐·王之涣.


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
    """Chinese verses: printed one to a line or several, parted by punctuation or gaps.

    Numbers, quotation marks, emoji and a title above are none.
    """
    lines = [_NUMBER.sub("", line) for line in _below_title(lines_of(text))]
    return [verse for stretch in _VERSE_ENDS.split("\n".join(lines)) for verse in _parted(stretch)]


def stretches_of(text: str) -> list[str]:
    """What spaces, dashes and the like part, where it holds letters of any script."""
    return [stretch for stretch in _GAPS.split(text) if _has_letters(stretch)]


def _parted(text: str) -> list[str]:
    stretches = stretches_of(text)
    if all(len(han_of(stretch)) >= _SHORTEST for stretch in stretches):
        return stretches
    return [text.strip()]


def _below_title(lines: list[str]) -> list[str]:
    """The lines without a title in brackets, the author beside it, and the author below it."""
    title = _TITLE.fullmatch(lines[0]) if lines else None
    if title is None or len(han_of(title[1])) > _LONGEST_NAME:
        return lines
    lengths = [len(han_of(line)) for line in lines[1:3]]
    name_below = len(lengths) == 2 and lengths[0] <= _LONGEST_NAME and lengths[0] < lengths[1]
    return lines[2:] if name_below else lines[1:]


def _has_letters(text: str) -> bool:
    return any(unicodedata.category(c).startswith("L") for c in text)
