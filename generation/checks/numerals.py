"""How numerals are read out in English: "100", "3rd", "1,000", "2.5", "1984"."""

import re
from functools import lru_cache

_NUMERAL = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,9})?(st|nd|rd|th)?(?![\w.]*\w)", re.IGNORECASE
)
_YEARS = range(1100, 2100)  # That are mostly read in pairs: "nineteen eighty-four".


def spelled_out(text: str) -> str:
    """With each numeral as it is mostly read."""
    return _NUMERAL.sub(lambda found: readings(found[0])[0], text)


def numerals_of(text: str) -> tuple[str, list[str]]:
    """The text without its numerals, and these."""
    return _NUMERAL.sub(" ", text), [found[0] for found in _NUMERAL.finditer(text)]


@lru_cache(maxsize=1024)
def readings(numeral: str) -> tuple[str, ...]:
    """Each way to read it, in words: with "and" or without, and by pairs if it can be a year."""
    from num2words import num2words

    digits = re.sub(r"[,a-z]", "", numeral.lower())
    if "." in digits:
        return (num2words(digits),)
    number = int(digits)
    said = num2words(number, to="ordinal" if numeral[-1].isalpha() else "cardinal").replace(",", "")
    ways = [said, said.replace(" and ", " ")]
    if digits == numeral and number in _YEARS:
        ways.insert(0, num2words(number, to="year"))
    return tuple(dict.fromkeys(ways))
