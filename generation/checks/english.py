"""How English words sound: syllables and rhymes by the CMU dictionary, by spelling for words it lacks."""

import re
import threading
import unicodedata
from collections import Counter
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
# An unstressed vowel after a vowel, and in "heaven", "ever", "whether".
_ELIDED = re.compile(r"(\d|\b(?:V|DH)) (?:AH|ER|IH|IY|UW|OW)0\b")


@lru_cache(maxsize=4096)
def pronunciations(word: str) -> tuple[str, ...]:
    """Every way to say a word, in ARPAbet phones; none if the dictionary lacks it."""
    import pronouncing  # Reading the dictionary takes half a second and 56 MB.

    with _loading:
        pronouncing.init_cmu()
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    spellings = (plain, plain.strip("'"), re.sub(r"in'$", "ing", plain), re.sub(r"'d$", "ed", plain))
    for spelling in dict.fromkeys(spellings):
        if phones := pronouncing.phones_for_word(spelling):
            return tuple(said.partition("#")[0].strip() for said in phones)
    return ()


def syllables_of(word: str) -> tuple[int, int]:
    """The fewest and the most syllables that a word can be said with."""
    counts = [len(re.findall(r"\d", phones)) for phones in pronunciations(word)] or [estimated(word)]
    return min(counts), max(counts)


def fewest_elided(word: str) -> int:
    """The fewest syllables in metrical verse, where "heaven" and "lovest" can be one, "glorious" two."""
    said = pronunciations(word)
    if not said:
        return max(1, estimated(word) - bool(re.search(r"[^aeiou]est$", word)))
    return min(len(re.findall(r"\d", _ELIDED.sub(r"\1", phones))) for phones in said)


def estimated(word: str) -> int:
    """Syllables by spelling: groups of vowels, without silent e, with vowels that part."""
    plain = unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode().replace("'", "")
    stem = plain if _SOUNDED_ENDS.search(plain) else _SILENT.sub("", plain)
    groups = re.findall(f"[{_VOWELS}]+", stem)
    parted = len(_SPLIT_VOWELS.findall(_JOINED.sub("o", stem)))
    return max(1, len(groups) + parted)


def rhyme_of(one: str, other: str) -> float:
    """How well two words rhyme: in any way to say them, to the eye, or by their spelling."""
    if _tails(one) & _tails(other) or _rhyme_to_the_eye(one, other):
        return PERFECT
    first, second = _rhyming(one), _rhyming(other)
    if not first or not second:
        return _spellings_rhyme(one, other)
    return max(_half(a, b) for a in first for b in second)


@lru_cache(maxsize=4096)
def _rhyming(word: str) -> tuple[str, ...]:
    """Ways to say a word, or the longest end of it that the dictionary has: "inhearse" rhymes as "hearse"."""
    ends = (word[start:] for start in range(max(1, len(word) - 2)))
    return next((said for end in ends if (said := pronunciations(end))), ())


@lru_cache(maxsize=4096)
def _tails(word: str) -> frozenset[str]:
    """What another word must end in to rhyme with it, by each way to say it.

    From the last stressed vowel on, marks of stress left out: "light" rhymes with "satellite". Verse also
    stresses an end two syllables after the stress, so "see" rhymes with "eternity"; with "eye" it did once.
    """
    tails = set()
    for phones in _rhyming(word):
        tails.add(_from_stress(phones))
        if _can_end_stressed(phones):
            last = _from_last_vowel(phones)
            tails |= {last, f"AY{last[2:]}"} if re.search(r"(?:y|ies)$", word) else {last}
    return frozenset(tails or _usual_tail(_spelled_end(word)))


def _usual_tail(spelled: str) -> set[str]:
    """How most words of the dictionary sound that end so: "Ryde" as "Hyde" and "Clyde"."""
    import pronouncing

    said = (ways[0] for word, ways in pronouncing.lookup.items() if word.endswith(spelled) and ways)
    return {tail for tail, _ in Counter(map(_from_last_vowel, said)).most_common(1)}


def _rhyme_to_the_eye(one: str, other: str) -> bool:
    """Old rhymes of which the spelling is left: "love" and "prove", "alone" and "gone"."""
    ends = {_spelled_end(word) for word in (one, other)}
    alike = len(ends) == 1 and len(ends.pop()) > 1
    return alike and all(any(map(_can_end_stressed, _rhyming(word))) for word in (one, other))


def _can_end_stressed(phones: str) -> bool:
    stresses = re.findall(r"\d", phones)
    return "1" not in stresses[-2:] or stresses[-1] != "0"


def _half(one: str, other: str) -> float:
    """The last syllables sound alike, or their consonants, or all the vowels from the stress on."""
    ends = [_from_last_vowel(phones).split() for phones in (one, other)]
    vowels = [[phone for phone in _from_stress(p).split() if phone[0] in "AEIOU"] for p in (one, other)]
    same_consonants = ends[0][1:] == ends[1][1:] != []
    return SLANT if ends[0] == ends[1] or same_consonants or vowels[0] == vowels[1] else NONE


def _from_stress(phones: str) -> str:
    import pronouncing

    return _unstressed(pronouncing.rhyming_part(phones))


def _unstressed(phones: str) -> str:
    return re.sub(r"\d", "", phones)


def _from_last_vowel(phones: str) -> str:
    parts = _unstressed(phones).split()
    return " ".join(parts[max((n for n, phone in enumerate(parts) if phone[0] in "AEIOU"), default=0) :])


def _spellings_rhyme(one: str, other: str) -> float:
    ends = [_spelled_end(word) for word in (one, other)]
    if ends[0] == ends[1]:
        return PERFECT if len(ends[0]) > 1 else SLANT
    return NONE


def _spelled_end(word: str) -> str:
    """The last group of vowels and what follows: "-ight", "-ade"."""
    found = re.search(f"[{_VOWELS}]+[^{_VOWELS}]*(?:(?<=[^{_VOWELS}])e)?$", word.replace("'", ""))
    return found[0] if found else word
