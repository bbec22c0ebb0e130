"""What people wrote and nobody trains on: a model that has forgotten nothing still expects it.

`passages.txt` is public domain: Austen, Blake, Browning, Burns, Byron, Carroll, Dickens, Dickinson, Keats,
Lear, Longfellow, Melville, Poe, Rossetti, Shakespeare, Shelley, Stevenson, Tennyson, Twain, Whitman,
Wordsworth; Li Bai and Wang Zhihuan.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from feedback.buckets import split_bucket
from generation.originality.units import KINDS, composed, units_of

_READ = 10_000  # Characters; an examination reads fewer of each text.

PASSAGES = tuple(
    passage.strip()
    for passage in Path(__file__).with_name("passages.txt").read_text(encoding="utf-8").split("\n\n")
)


class Guarded:
    """Texts that are judged on: whatever repeats a run of them, as `generation.originality` counts it."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs = {run for text in texts for run in _runs(text[:_READ])}

    def repeated_in(self, text: str) -> bool:
        """A passage is a few lines of its work, so to be nearly the same as a whole text says too little."""
        return any(run in self._runs for run in _runs(text))


def kept_for_judging(text: str, heldout_buckets: int) -> bool:
    """Is a registered text only ever judged on? By its own hash; never trained on then."""
    return split_bucket("human text", text) < heldout_buckets


def human_passages(registered: Iterable[str], heldout_buckets: int, most: int) -> tuple[str, ...]:
    """Our own passages, and after them the held-out part of what is registered, up to `most`."""
    return (*PASSAGES, *_first(registered, heldout_buckets, most - len(PASSAGES)))


def _first(registered: Iterable[str], heldout_buckets: int, most: int) -> Iterator[str]:
    """Those whose hashes are least, so that it does not matter in which order they were registered."""
    held = {text for text in registered if kept_for_judging(text, heldout_buckets)}
    yield from sorted(held, key=lambda text: (split_bucket("order", text), text))[: max(0, most)]


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    for kind in KINDS:
        units = units_of(composed(text), kind)
        yield from (tuple(units[at : at + kind.shortest]) for at in range(len(units) - kind.shortest + 1))
