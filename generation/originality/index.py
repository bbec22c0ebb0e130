"""The index of all registered corpora: a folder of segments, read through memory maps."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np
import structlog
from filelock import FileLock

from generation.originality.lookup import Run, runs_in
from generation.originality.segments import (
    Corpus,
    DamagedSegment,
    Document,
    Draft,
    Segment,
    Source,
    open_segment,
    prepared,
)
from generation.originality.units import KINDS, Kind, Reading, Unit, composed, masked, read, units_of

log = structlog.get_logger(__name__)

_FRESH = 2.0  # Seconds: a folder changed again so soon after a look may show the same time.
_DISTINCT = 3  # Fewer different words, as in "la la la", are nobody's.


@dataclass(frozen=True, slots=True)
class Shared:
    """The longest run that a text shares with a registered one."""

    run: str  # As it stands in the text.
    length: int
    unit: Unit
    source: Source


@dataclass(frozen=True, slots=True)
class Added:
    documents: int
    duplicates: int  # Already there, but for case and punctuation.


@dataclass(frozen=True, slots=True)
class Registered:
    corpus: Corpus
    documents: int
    bytes: int


class Originality:
    """Safe to ask from many threads. A folder that is not there is an index of nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._segments: dict[str, Segment | None] = {}  # None: damaged, said once.
        self._seen = 0  # Nanoseconds: when the folder was changed last.

    def longest_shared(self, text: str, ignoring: str = "") -> Shared | None:
        """The longest run of 8 words or 12 characters and more; `ignoring` are the reader's own words."""
        text = composed(text)
        segments = self._look()
        if not segments:
            return None
        found = [shared for kind in KINDS if (shared := _longest(text, ignoring, kind, segments))]
        return max(found, key=lambda shared: shared.length / _shortest(shared.unit), default=None)

    def add(self, corpus: Corpus, documents: Iterable[Document]) -> Added:
        """Register texts. What was added before an interruption stays, and is not added twice.

        What may not be learned from is kept though others have registered it to be learned from.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / ".lock"):
            Draft.clear_left_behind(self._folder)
            there = [segment for segment in self._look() if corpus.learn or not segment.corpus.learn]
            new, count, duplicates = set[int](), 0, 0
            draft: Draft | None = None
            try:
                for kept, codes, digest in map(prepared, documents):
                    if digest in new or any(segment.holds(digest) for segment in there):
                        duplicates += 1
                        continue
                    new.add(digest)
                    draft = draft or Draft(self._folder, corpus)
                    draft.add(kept, codes, digest)
                    if draft.full:
                        count += self._finish(draft)
                        draft = None
                if draft is not None:
                    count += self._finish(draft)
                    draft = None
            finally:
                if draft is not None:
                    draft.abandon()
        return Added(count, duplicates)

    def registered(self) -> list[Registered]:
        """Every corpus, by name."""
        found: dict[Corpus, list[Segment]] = {}
        for segment in self._look():
            found.setdefault(segment.corpus, []).append(segment)
        totals = [
            Registered(corpus, sum(s.documents for s in segments), sum(s.bytes for s in segments))
            for corpus, segments in found.items()
        ]
        return sorted(totals, key=lambda total: total.corpus.name)

    def documents(self) -> Iterator[tuple[Corpus, Document]]:
        """Every registered text that can be read. What one corpus forbids to learn from, none allows."""
        segments = self._look()
        for segment in segments:
            forbidden = _forbidden(segment, segments)
            for number in range(segment.documents):
                try:
                    document = segment.document(number)
                except DamagedSegment as error:
                    log.warning("a registered text is passed over", why=str(error))
                    continue
                corpus = segment.corpus
                if forbidden and prepared(document)[2] in forbidden:
                    corpus = replace(corpus, learn=False)
                yield corpus, document

    def _finish(self, draft: Draft) -> int:
        numbers = [int(path.name) for path in self._folder.iterdir() if path.name.isdecimal()]
        draft.finish(f"{max(numbers, default=0) + 1:06d}")
        return draft.documents

    def _look(self) -> list[Segment]:
        """The segments, opened when they are first seen."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        with self._lock:
            if changed != self._seen:
                self._segments = {name: self._opened(name) for name in self._names()}
                settled = time.time_ns() - changed > _FRESH * 1e9
                self._seen = changed if settled else 0
            return [segment for segment in self._segments.values() if segment is not None]

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir() if path.name.isdecimal())

    def _opened(self, name: str) -> Segment | None:
        if name in self._segments:
            return self._segments[name]
        try:
            return open_segment(self._folder / name)
        except DamagedSegment as error:
            log.error("a registered corpus cannot be used", why=str(error))
            return None


def _forbidden(segment: Segment, segments: list[Segment]) -> set[int]:
    """Digests of what it holds that may be learned from here, and not elsewhere."""
    if not segment.corpus.learn:
        return set()
    others = [other.digests for other in segments if not other.corpus.learn]
    return {int(digest) for digests in others for digest in np.intersect1d(segment.digests, digests)}


def _shortest(unit: Unit) -> int:
    return next(kind.shortest for kind in KINDS if kind.unit == unit)


def _longest(text: str, ignoring: str, kind: Kind, segments: list[Segment]) -> Shared | None:
    reading = read(text, kind)
    if len(reading.codes) < kind.shortest:
        return None
    codes = masked(reading, ignoring, kind)
    candidates = [
        (run, segment)
        for segment in segments
        if kind.unit in segment.runs
        for run in runs_in(codes, segment.runs[kind.unit], kind)
    ]
    for run, segment in sorted(candidates, key=lambda found: -found[0].length):
        if source := _verified(run, reading, segment, kind):
            places = reading.places[run.start : run.start + run.length]
            return Shared(text[places[0][0] : places[-1][1]], run.length, kind.unit, source)
    return None


def _verified(run: Run, reading: Reading, segment: Segment, kind: Kind) -> Source | None:
    """Where a run is from, if its units are the same as words and not only as numbers."""
    wanted = reading.units[run.start : run.start + run.length]
    if len(set(wanted)) < _DISTINCT:
        return None
    starts = segment.runs[kind.unit].starts
    number = int(np.searchsorted(starts, np.uint64(run.place), side="right")) - 1
    try:
        document = segment.document(number)
    except DamagedSegment as error:
        log.error("a registered corpus is damaged", why=str(error))
        return None
    first = run.place - int(starts[number])
    if tuple(units_of(document.text, kind)[first : first + run.length]) != wanted:
        return None
    return Source(document.title, document.author, segment.corpus.name)
