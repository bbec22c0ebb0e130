"""How English words sound: syllables and rhymes by the CMU dictionary, by spelling for words it lacks."""

import re
import threading
import unicodedata
from functools import lru_cache

PERFECT, SLANT, NONE = 1.0, 0.5, 0.0  # How well two words rhyme.

_loading = threading.Lock()  # pronouncing announces that it is loaded before it is.
_VOWELS = "aeiouy"
_SILENT = re.compile(
    r"(?<=[^aeiouy])es?$|(?<=[^aeiouytdl])ed$|(?<=[aeiouyl]l)ed$|(?<=[^aeiouy])e(?=(?:ment|ness|ful|less|ly)\w?$)"
)
_SOUNDED_ENDS = re.compile(r"[^aeiouylr]l?les?$|(?:[sxz]|ch|sh|[cg])es$")
_SPLIT_VOWELS = re.compile(r"i[aou](?!us)|[^gq]ua|eo|[^aeiouy]ying|[uo]ing|ism$|ii|ier$|^mc")
_JOINED = re.compile(r"[cgstx]i[aou]|eou|[gq]ua")


@lru_cache(maxsize=4096)
def pronunciations(word: str) -> tuple[str, ...]:
    """Every way to say a word, in ARPAbet phones; none if the dictionary lacks it."""
    import pronouncing  # Reading the dictionary takes half a second and 56 MB.

    with _loading:
        pronouncing.init_cmu()
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    for spelling in dict.fromkeys((plain, plain.strip("'"), re.sub(r"in'$", "ing", plain))):
        if phones := pronouncing.phones_for_word(spelling):
            return tuple(said.partition("#")[0].strip() for said in phones)
    return ()


def syllables_of(word: str) -> tuple[int, int]:
    """The fewest and the most syllables that a word can be said with."""
    counts = [len(re.findall(r"\d", phones)) for phones in pronunciations(word)] or [estimated(word)]
    return min(counts), max(counts)


def estimated(word: str) -> int:
    """Syllables by spelling: groups of vowels, without silent e, with vowels that part."""
    plain = unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode().replace("'", "")
    stem = plain if _SOUNDED_ENDS.search(plain) else _SILENT.sub("", plain)
    groups = re.findall(f"[{_VOWELS}]+", stem)
    parted = len(_SPLIT_VOWELS.findall(_JOINED.sub("o", stem)))
    return max(1, len(groups) + parted)


def rhyme_of(one: str, other: str) -> float:
    """How well two words rhyme: in any way to say them, or by their spelling."""
    first, second = pronunciations(one), pronunciations(other)
    if first and second:
        return max(_phones_rhyme(a, b) for a in first for b in second)
    return _spellings_rhyme(one, other)


def _phones_rhyme(one: str, other: str) -> float:
    if _from_stress(one) == _from_stress(other):
        return PERFECT
    ends = [phones.split()[_last_vowel(phones) :] for phones in map(_unstressed, (one, other))]
    stressed = [_from_stress(phones).split()[0] for phones in (one, other)]
    consonants = [end[1:] for end in ends]
    alike = ends[0] == ends[1] or stressed[0] == stressed[1] or (consonants[0] == consonants[1] != [])
    return SLANT if alike else NONE


def _from_stress(phones: str) -> str:
    """From the last stressed vowel on, without marks of stress: "light" rhymes with "satellite"."""
    import pronouncing

    return _unstressed(pronouncing.rhyming_part(phones))


def _unstressed(phones: str) -> str:
    return re.sub(r"\d", "", phones)


def _last_vowel(phones: str) -> int:
    """Place of the last vowel among the phones; 0 if there is none."""
    return max((n for n, phone in enumerate(phones.split()) if phone[0] in "AEIOU"), default=0)


def _spellings_rhyme(one: str, other: str) -> float:
    ends = [_spelled_end(word) for word in (one, other)]
    if ends[0] == ends[1]:
        return PERFECT if len(ends[0]) > 1 else SLANT
    return NONE


def _spelled_end(word: str) -> str:
    """The last group of vowels and what follows: "-ight", "-ade"."""
    found = re.search(f"[{_VOWELS}]+[^{_VOWELS}]*(?:(?<=[^{_VOWELS}])e)?$", word.replace("'", ""))
    return found[0] if found else word
