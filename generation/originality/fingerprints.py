"""Winnowed fingerprints of runs of units (Schleimer, Wilkerson and Aiken, SIGMOD 2003)."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from generation.originality.units import Codes, Kind, is_unit

Hashes = NDArray[np.uint64]
Places = NDArray[np.uint32]

_BASE = np.uint64(0x9E3779B97F4A7C15)  # Odd, so that no unit's bits are lost.
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)  # In place of a gram that holds a gap.
_AT_ONCE = 1 << 20  # Grams; bounds memory.


def grams(codes: Codes, length: int) -> tuple[Hashes, NDArray[np.bool_]]:
    """The hash of each `length` units in a row, and whether it holds units only."""
    count = max(len(codes) - length + 1, 0)
    hashes = np.zeros(count, dtype=np.uint64)
    for i in range(length):
        hashes = hashes * _BASE + codes[i : i + count]
    hashes = (hashes ^ (hashes >> np.uint64(31))) * _MIX  # Least of a window: spread over all words.
    hashes ^= hashes >> np.uint64(29)
    if not count:
        return hashes, np.zeros(0, dtype=np.bool_)
    whole: NDArray[np.bool_] = np.all(sliding_window_view(is_unit(codes), length), axis=1)
    return hashes, whole


def winnowed(codes: Codes, kind: Kind) -> tuple[Hashes, Places]:
    """The least hash of every window of grams, sorted, and where in `codes` each gram begins."""
    chosen = list(_chosen(codes, kind))
    if not chosen:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint32)
    places, first = np.unique(np.concatenate([places for _, places in chosen]), return_index=True)
    hashes = np.concatenate([hashes for hashes, _ in chosen])[first]
    order = np.argsort(hashes, kind="stable")
    return hashes[order], places[order].astype(np.uint32)


def _chosen(codes: Codes, kind: Kind) -> Iterator[tuple[Hashes, NDArray[np.int64]]]:
    """The gram with the least hash of each window, and where it begins."""
    overlap = kind.shortest - 1
    for start in range(0, max(len(codes) - overlap, 0), _AT_ONCE):
        hashes, whole = grams(codes[start : start + _AT_ONCE + overlap], kind.gram)
        hashes[~whole] = _NEVER
        least = sliding_window_view(hashes, kind.window).argmin(axis=1)
        full = np.flatnonzero(sliding_window_view(whole, kind.window).all(axis=1))
        places = np.unique(full + least[full])
        yield hashes[places], places + start
