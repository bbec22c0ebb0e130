"""Let the database get the next rows ready while what came before them is worked on."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(chunks: Iterator[Sequence[T]]) -> Generator[T, None, None]:
    """What is in the chunks, of which the next one is asked for before one is given out.

    They are asked for in a thread of its own, one at a time. What one raises is raised in its place.
    """
    with ThreadPoolExecutor(1, "read ahead") as hand:
        coming = hand.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = hand.submit(next, chunks, None)
            yield from chunk
