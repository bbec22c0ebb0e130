"""Write traditional Chinese characters as simplified ones, one by one, so that both are compared alike."""

from functools import lru_cache

_HAN = range(0x3400, 0xA000)


def simplified(text: str) -> str:
    """The text with as many characters."""
    return text.translate(_table())


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    from opencc import OpenCC  # Loading its dictionaries takes a moment.

    characters = [chr(code) for code in _HAN]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {ord(old): new for old, new in pairs if old != new and len(new) == 1}
