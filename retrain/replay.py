"""Texts that people wrote, learned from beside the ratings: a model fed on itself alone collapses."""

import hashlib
import heapq
from collections.abc import Container, Iterable, Iterator
from math import ceil

from generation.originality import Corpus, Document
from retrain.dataset import Replay
from retrain.human_text import PASSAGES, Guarded, kept_for_judging
from retrain.selection import Selection

_LONGEST = 1200  # Characters of a passage: a book is learned from in pieces.
_SHORTEST = 16  # A shorter one, such as a page's number, teaches nothing.


def replay_from(
    corpora: Iterable[tuple[Corpus, Document]],
    rated: int,
    demonstrations: int,
    selection: Selection,
    known: Container[str] | None = None,
    judged_on: Iterable[str] = PASSAGES,
) -> list[Replay]:
    """As many passages as give people's texts the share that they are to have; or those that are `known`.

    Which ones, a hash of the text decides: a corpus that grows changes few of them. Texts in the held-out
    buckets are never among them, nor what repeats what is `judged_on`: what was forgotten is measured there.
    What is known was chosen that way, and stays.
    """
    guarded = Guarded(judged_on if known is None else ())
    wanted = replay_wanted(rated, demonstrations, selection.replay_share)
    lowest = _Lowest(wanted if known is None else None)
    for corpus, document in corpora:
        if not corpus.learn or kept_for_judging(document.text, selection.heldout_buckets):
            continue
        for passage in passages(document.text):
            digest = hashlib.sha256(passage.encode(errors="replace")).hexdigest()
            if known is not None and digest not in known:
                continue
            if not lowest.takes(digest) or guarded.repeated_in(passage):
                continue
            language = language_of(passage)
            lowest.add(Replay(corpus.name, document.title, language, passage, digest, "train"))
    return lowest.kept


def replay_wanted(rated: int, demonstrations: int, share: float) -> int:
    """Texts from corpora, so that with the demonstrations `share` of everything is written by people."""
    wanted = round(rated * share / (1 - share), 6)  # 70 × 0.3 / 0.7 is a hair more than 30.
    return max(0, ceil(wanted) - demonstrations)


def passages(text: str) -> Iterator[str]:
    """The text, or if it is long, its paragraphs gathered to pieces that a model can read at once."""
    gathered = ""
    for paragraph in text.strip().split("\n\n"):
        if gathered and len(gathered) + len(paragraph) > _LONGEST:
            yield from _cut(gathered)
            gathered = ""
        gathered = f"{gathered}\n\n{paragraph}" if gathered else paragraph
    yield from _cut(gathered)


def _cut(text: str) -> Iterator[str]:
    """A paragraph that is longer than a passage ends where its last whole line does."""
    text = text.strip()
    while len(text) > _LONGEST:
        end = max(text.rfind(mark, 0, _LONGEST) + 1 for mark in ("\n", " ", "。"))
        end = end if end > _LONGEST // 2 else _LONGEST
        yield text[:end].strip()
        text = text[end:].strip()
    if len(text) >= _SHORTEST:
        yield text


def language_of(text: str) -> str:
    """Chinese if a fifth of it is."""
    return "zh" if 5 * sum("\u4e00" <= sign <= "\u9fff" for sign in text) >= len(text) else "en"


class _Lowest:
    """The texts of the lowest hashes, each once; all of them if `most` is None."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._heap: list[tuple[int, Replay]] = []  # By the negative hash: the highest is the first to go.
        self._hashes: set[int] = set()

    @property
    def kept(self) -> list[Replay]:
        return sorted((text for _, text in self._heap), key=lambda text: text.text_sha256)

    def takes(self, text_sha256: str) -> bool:
        number = int(text_sha256, 16)
        if number in self._hashes or self._most == 0:
            return False
        return len(self._heap) != self._most or number < -self._heap[0][0]

    def add(self, text: Replay) -> None:
        """What it takes."""
        number = int(text.text_sha256, 16)
        self._hashes.add(number)
        heapq.heappush(self._heap, (-number, text))
        if self._most is not None and len(self._heap) > self._most:
            gone, _ = heapq.heappop(self._heap)
            self._hashes.remove(-gone)
