"""Find the runs of one segment that are in a text."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generation.originality.fingerprints import grams
from generation.originality.segments import Runs
from generation.originality.units import Codes, Kind

_AT_ONCE = 256  # Alignments compared in one go; bounds memory.


@dataclass(frozen=True, slots=True)
class Run:
    """Units that a text and a segment have in common, if no two words share a number."""

    length: int
    start: int  # In the text's units.
    place: int  # In the segment's codes.


def runs_in(codes: Codes, runs: Runs, kind: Kind) -> Iterator[Run]:
    """The longest run of every way to lay the text beside the segment, if it is long enough."""
    shifts = _shifts(codes, runs, kind)
    for at in range(0, len(shifts), _AT_ONCE):
        some = shifts[at : at + _AT_ONCE]
        lengths, ends = _longest_equal(codes, runs.codes, some)
        for i in np.flatnonzero(lengths >= kind.shortest):
            start = int(ends[i]) - int(lengths[i]) + 1
            yield Run(int(lengths[i]), start, start + int(some[i]))


def _shifts(codes: Codes, runs: Runs, kind: Kind) -> NDArray[np.int64]:
    """How far a gram of the text must be moved to lie on the same gram of the segment, each once."""
    hashes, whole = grams(codes, kind.gram)
    at = np.flatnonzero(whole)
    first = np.searchsorted(runs.hashes, hashes[at], side="left")
    counts = np.searchsorted(runs.hashes, hashes[at], side="right") - first
    found = np.flatnonzero(counts)
    if not len(found):
        return np.zeros(0, dtype=np.int64)
    shifts = [runs.places[first[i] : first[i] + counts[i]].astype(np.int64) - at[i] for i in found]
    return np.unique(np.concatenate(shifts))


def _longest_equal(
    codes: Codes, beside: Codes, shifts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each shift the length and the last unit of the longest run of equal units."""
    places = shifts[:, None] + np.arange(len(codes))
    inside = (places >= 0) & (places < len(beside))
    equal = inside & (beside[np.where(inside, places, 0)] == codes)
    counted = np.cumsum(equal, axis=1)
    before = np.maximum.accumulate(np.where(equal, 0, counted), axis=1)
    lengths = counted - before
    ends = lengths.argmax(axis=1)
    return lengths[np.arange(len(shifts)), ends], ends
