"""Refuse profanity and an operator's blocked words, in prompts and in completions."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generation.chinese_script import simplified
from generation.profanity import DISGUISED, PLAIN, profane_words

# Scripts that put no spaces between words: there a blocked word is found inside longer runs.
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Kana and Han.
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uac00-\ud7af]"  # Thai, Lao, Burmese, Khmer, Hangul.
)
_WORD = re.compile(r"[^\W_]+")
_LEET = str.maketrans("0134578@$!|+€", "oieastbasiite")
_LEET_SIGNS = re.compile(r"[0134578@$!|+€]")
_LEET_WORD = re.compile(r"[\w@$!|+€]+")
_SPELLED = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,3}[^\W_](?![^\W_])){2,}")  # f.u.c.k, f u c k
_THREE = bytes([True] * 3)  # Letters in a row: fewer spell nothing.
_MASKED = re.compile(r"(?<![^\W_*#@])[^\W_]+(?:[*#@]+[^\W_]+)+")  # f*ck
_STRETCHED = re.compile(r"(.)\1{2,}")
_JOINTS = re.compile(r"[ \t*·・.\-_~|/\\]+")  # What is put between Han characters to hide a word.
# Cyrillic and Greek letters that look like Latin ones.
_LOOK_ALIKE = str.maketrans("аеіјкмоорсухһԁѕѵαεικνορτυχ", "aeijkmoopcyxhdsvaeikvoptux")
_INSIDE = "fuck"  # No other English word holds it.
# A term whose signs only join words, or quote or end it. In any other, such as C++, the signs count.
_WORDS_ONLY = re.compile(
    r"""["'“”‘’«»]*[^\W_]+(?:[\s"'“”‘’ʼ.,:;/_·‐-―-]+[^\W_]+)*\.?["'“”‘’«»]*""",
)
_COMMENT = re.compile(r"(?<!\S)#.*")


class BadBlockList(Exception):
    """Raised when a block list cannot be read; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text is not shown. It does not hold the text: objections are logged."""

    kind: Literal["profanity", "blocked"]


class Screen:
    """`blocked` are an operator's own words and phrases."""

    def __init__(self, *, profanity: bool = True, blocked: Iterable[str] = ()) -> None:
        blocked = tuple(blocked)
        rules = repr((profanity, sorted(set(blocked))))
        self.sha256 = hashlib.sha256(
            rules.encode(errors="replace")
        ).hexdigest()  # The same for the same rules.
        self._blocked = _Terms(blocked)
        self._profane = _Terms(profane_words()) if profanity else None

    def objection(self, text: str) -> Objection | None:
        """What speaks against a text, if anything does."""
        folded = _folded(text)
        if self._blocked.found_in(folded):
            return Objection("blocked")
        if self._profane is None:
            return None
        folded = PLAIN.sub(" ", folded)
        if _INSIDE in folded or DISGUISED.search(folded) or self._profane.found_in(folded):
            return Objection("profanity")
        return None


class _Terms:
    """Words and phrases, to be found whole; in scripts without spaces, anywhere; with signs, as they are."""

    def __init__(self, terms: Iterable[str]) -> None:
        folded = {_folded(term).strip() for term in terms} - {""}
        self._runs = {_JOINTS.sub("", term) for term in folded if _UNSPACED.search(term)} - {""}
        self._run_lengths = sorted({len(run) for run in self._runs})
        self._rests: dict[str, set[tuple[str, ...]]] = {}  # By first word, what follows in a phrase.
        spaced = {term for term in folded if not _UNSPACED.search(term)}
        for term in filter(_WORDS_ONLY.fullmatch, spaced):
            words = _WORD.findall(term)
            self._rests.setdefault(words[0], set()).add(tuple(words[1:]))
        # One or many of it.
        self._first_words = {*self._rests, *(f"{word}s" for word in self._rests)}
        signed = sorted(term for term in spaced if not _WORDS_ONLY.fullmatch(term))
        self._signed = re.compile("|".join(map(_as_it_is, signed))) if signed else None

    def found_in(self, folded: str) -> bool:
        if not (self._rests or self._runs or self._signed):
            return False
        return (
            any(self._in_words(words) for words in _readings(folded))
            or self._in_run(folded)
            or any(self._fits(mask) for mask in _masks(folded))
            or (self._signed is not None and self._signed.search(folded) is not None)
        )

    def _in_words(self, words: Sequence[str]) -> bool:
        rests = self._rests
        begun = [i for i, word in enumerate(words) if word in self._first_words]
        return any(
            () in rests.get(_singular(words[i]), ())
            or any(_same(rest, words[i + 1 : i + 1 + len(rest)]) for rest in rests.get(words[i], ()))
            for i in begun
        )

    def _in_run(self, folded: str) -> bool:
        if not self._runs or not _UNSPACED.search(folded):
            return False
        run = _JOINTS.sub("", folded)
        return any(run[i : i + n] in self._runs for n in self._run_lengths for i in range(len(run) - n + 1))

    def _fits(self, mask: str) -> bool:
        """Whether a word of at least four letters fits a mask, in which * # @ stand for a letter."""
        pattern = re.compile(re.sub(r"[*#@]", r"\\w", mask))
        return len(mask) > 3 and any(
            len(word) == len(mask) and () in rests and pattern.fullmatch(word)
            for word, rests in self._rests.items()
        )


def read_block_list(file: Path) -> tuple[str, ...]:
    """The words and phrases of a file, one a line. Raises BadBlockList.

    `#` begins a comment, but not within a word (`C#`) and not behind a backslash (`\\#1`).
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadBlockList(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise BadBlockList(f"{file} cannot be read ({error.strerror or type(error).__name__})") from None
    terms = (_COMMENT.sub("", line).strip().replace("\\#", "#") for line in lines)
    return tuple(filter(None, terms))


def _as_it_is(term: str) -> str:
    """A pattern for a folded term with its signs; where it begins or ends in a letter, a word does."""
    begins, ends = r"(?<![^\W_])", r"(?![^\W_])"
    pattern = r"\s+".join(map(re.escape, term.split()))
    return f"{begins if term[0].isalnum() else ''}{pattern}{ends if term[-1].isalnum() else ''}"


def _folded(text: str) -> str:
    """Without case, accents, compatibility forms and invisible characters; Chinese in simplified ones."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in spread if unicodedata.category(c) not in {"Mn", "Cf"})
    composed = unicodedata.normalize("NFC", kept).casefold()
    return simplified(composed) if _UNSPACED.search(composed) else composed


def _readings(folded: str) -> Iterator[Sequence[str]]:
    """The words of a text as they stand, and as they are meant where digits, gaps or stretching hide them."""
    words = _WORD.findall(folded)
    yield words
    letters = bytes(len(word) == 1 for word in words)
    if not folded.isascii() and (mixed := _undisguised(words)) != words:
        yield mixed
    if _LEET_SIGNS.search(folded):
        words = [word.rstrip("!|+").translate(_LEET) for word in _LEET_WORD.findall(folded)]
        yield words
    for spelled in _SPELLED.findall(folded) if _THREE in letters else ():  # Looking for it takes long.
        yield [("".join(_WORD.findall(spelled))).translate(_LEET)]
    for word in words if _STRETCHED.search(folded) else ():
        if _STRETCHED.search(word):
            yield [_STRETCHED.sub(r"\1", word)]
            yield [_STRETCHED.sub(r"\1\1", word)]


def _masks(folded: str) -> Sequence[str]:
    return _MASKED.findall(folded) if any(sign in folded for sign in "*#@") else ()


def _undisguised(words: Sequence[str]) -> list[str]:
    """Words that look Latin by letters of other alphabets, with all letters Latin."""
    plain = [word.translate(_LOOK_ALIKE) for word in words]
    return [seen if seen.isascii() else word for word, seen in zip(words, plain, strict=True)]


def _same(rest: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words are the rest of a phrase; its last one may be plural."""
    return tuple(words) == rest or (bool(words) and (*words[:-1], _singular(words[-1])) == rest)


def _singular(word: str) -> str:
    return word[:-1] if word[-1:] == "s" else word
