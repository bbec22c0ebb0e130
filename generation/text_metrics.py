"""How varied and how repetitive a body of texts is."""

import re
from collections.abc import Iterable, Sequence

from generation.checks import lines_of

_WORDS = re.compile(r"[\u3400-\u9fff]|[^\u3400-\u9fff]+")


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation; each Chinese character is one."""
    plain = ("".join(c for c in word if c.isalnum() or c == "'") for word in text.lower().split())
    return [word for run in plain for word in _WORDS.findall(run)]


def ngrams(text: str, n: int) -> list[tuple[str, ...]]:
    """Each n words that follow one another, in their order."""
    words = words_of(text)
    return [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]


def distinct_2(texts: Iterable[str]) -> float:
    """Distinct word pairs over all word pairs of all texts, 0 … 1 (Li et al. 2016, arXiv:1510.03055)."""
    pairs = [pair for text in texts for pair in ngrams(text, 2)]
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def repetition_of(text: str) -> float:
    """The larger of the share of lines and the share of word trigrams that stood before in the same text."""
    return max(repeated_lines(text), repeated_trigrams(text))


def repeated_lines(text: str) -> float:
    """Share of lines that stood before in the text, 0 … 1."""
    return _repeated([line.lower() for line in lines_of(text)])


def repeated_trigrams(text: str) -> float:
    """Share of word trigrams that stood before in the text, 0 … 1."""
    return _repeated(ngrams(text, 3))


def _repeated(items: Sequence[object]) -> float:
    return 1 - len(set(items)) / len(items) if items else 0.0


def repetition(texts: Sequence[str]) -> float:
    """Mean of `repetition_of`, 0 … 1."""
    return sum(map(repetition_of, texts)) / len(texts) if texts else 0.0
