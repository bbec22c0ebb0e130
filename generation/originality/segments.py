"""A segment of the index: the documents added in one go, in a folder that appears whole and never changes."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generation.durable import make_durable, make_durable_name
from generation.originality.fingerprints import Hashes, Places, winnowed
from generation.originality.units import KINDS, Codes, Kind, codes_of, composed, joined

_FORMAT = 2  # Since 2, Chinese characters are compared in their simplified forms.
_HEADER = 128  # Bytes of an array's file before its numbers.
_ABOUT = "about.json"
_DOCUMENTS = "documents.jsonl"
_PREFIX = ".making-"
_LARGEST = 1 << 24  # Units; bounds the memory of adding and stays far below what a place can count.


class DamagedSegment(Exception):
    """Raised when a segment cannot be read."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where texts come from, and what may be done with them."""

    name: str
    licence: str = ""
    source: str = ""
    learn: bool = True  # May be trained on, and not only be compared with.


@dataclass(frozen=True, slots=True)
class Document:
    text: str
    title: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What a run was found in."""

    title: str
    author: str
    corpus: str


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The units of one kind: all codes with gaps between documents, and the sorted fingerprints."""

    codes: Codes
    starts: NDArray[np.uint64]  # Of each document in `codes`.
    hashes: Hashes
    places: Places


_ARRAYS = tuple(field.name for field in fields(Runs))  # A file each.


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    name: str
    corpus: Corpus
    documents: int
    bytes: int
    runs: dict[str, Runs]  # By unit; a segment without Chinese has no characters.
    digests: NDArray[np.uint64]
    offsets: NDArray[np.uint64]
    texts: Any  # A memory map of bytes.

    def document(self, number: int) -> Document:
        start, end = int(self.offsets[number]), int(self.offsets[number + 1])
        try:
            return Document(**json.loads(bytes(self.texts[start:end])))
        except (ValueError, TypeError) as error:
            raise DamagedSegment(f"{self.name}: document {number} cannot be read") from error

    def holds(self, digest: int) -> bool:
        at = int(np.searchsorted(self.digests, np.uint64(digest)))
        return at < len(self.digests) and int(self.digests[at]) == digest


class Draft:
    """A segment being written; a folder that nobody sees until `finish`."""

    @staticmethod
    def clear_left_behind(folder: Path) -> None:
        """Remove the drafts of processes that were killed."""
        for path in folder.glob(f"{_PREFIX}*"):
            shutil.rmtree(path, ignore_errors=True)

    def __init__(self, folder: Path, corpus: Corpus) -> None:
        self._folder = folder
        self._corpus = corpus
        self._path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        self._texts = (self._path / _DOCUMENTS).open("wb")
        self._codes: dict[str, list[Codes]] = {kind.unit: [] for kind in KINDS}
        self._digests: list[int] = []
        self._offsets = [0]
        self._units = 0

    @property
    def documents(self) -> int:
        return len(self._digests)

    @property
    def full(self) -> bool:
        return self._units >= _LARGEST

    def add(self, document: Document, codes: Sequence[Codes], digest: int) -> None:
        line = json.dumps(asdict(document), ensure_ascii=False).encode() + b"\n"
        self._texts.write(line)
        self._offsets.append(self._offsets[-1] + len(line))
        self._digests.append(digest)
        for kind, units in zip(KINDS, codes, strict=True):
            self._codes[kind.unit].append(units)
            self._units += len(units)

    def finish(self, name: str) -> None:
        """Make everything durable, then let it appear."""
        self._texts.close()
        _save(self._path / "offsets.npy", np.array(self._offsets, dtype=np.uint64))
        _save(self._path / "digests.npy", np.sort(np.array(self._digests, dtype=np.uint64)))
        for kind in KINDS:
            self._write_runs(kind)
        about = {"format": _FORMAT, "corpus": asdict(self._corpus), "documents": self.documents}
        (self._path / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        self._path.chmod(0o755)
        make_durable(self._path)
        self._path.replace(self._folder / name)
        make_durable_name(self._folder)

    def abandon(self) -> None:
        self._texts.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def _write_runs(self, kind: Kind) -> None:
        lengths = [len(codes) + 1 for codes in self._codes[kind.unit]]  # With the gap.
        if sum(lengths) == len(lengths):
            return
        codes = joined(self._codes.pop(kind.unit))
        hashes, places = winnowed(codes, kind)
        runs = Runs(codes, np.cumsum([0, *lengths[:-1]], dtype=np.uint64), hashes, places)
        for what in _ARRAYS:
            _save(self._path / f"{kind.unit}-{what}.npy", getattr(runs, what))


def prepared(document: Document) -> tuple[Document, list[Codes], int]:
    """A document as it is kept, its codes by kind, and a digest that punctuation and case do not change."""
    kept = Document(composed(document.text), document.title, document.author)
    codes = [codes_of(kept.text, kind) for kind in KINDS]
    digest = hashlib.blake2b(digest_size=8)
    for some in codes:
        digest.update(some.tobytes())
        digest.update(b"\0")
    return kept, codes, int.from_bytes(digest.digest(), "little")


def open_segment(path: Path) -> Segment:
    """A segment, memory-mapped. Raises DamagedSegment."""
    try:
        offsets, texts = _load(path / "offsets.npy"), np.memmap(path / _DOCUMENTS, dtype=np.uint8, mode="r")
        if int(offsets[-1]) != len(texts):
            raise DamagedSegment(f"{path.name} has lost some of its documents")
        about = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
        if about["format"] != _FORMAT:
            raise DamagedSegment(f"{path.name} has format {about['format']}, not {_FORMAT}")
        return Segment(
            name=path.name,
            corpus=Corpus(**about["corpus"]),
            documents=int(about["documents"]),
            bytes=sum(file.stat().st_size for file in path.iterdir()),
            runs=dict(_runs(path)),
            digests=_load(path / "digests.npy"),
            offsets=offsets,
            texts=texts,
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DamagedSegment(f"{path.name} cannot be read ({type(error).__name__})") from error


def _runs(path: Path) -> Iterator[tuple[str, Runs]]:
    for kind in KINDS:
        if (path / f"{kind.unit}-codes.npy").exists():
            yield (
                kind.unit,
                Runs(*(_load(path / f"{kind.unit}-{what}.npy") for what in _ARRAYS)),
            )


def _load(file: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(file, allow_pickle=False, mmap_mode="r" if _holds_data(file) else None)
    return array


def _holds_data(file: Path) -> bool:
    """Whether there is something to map; an array is empty if no document is as long as the shortest run."""
    return file.stat().st_size > _HEADER


def _save(file: Path, array: NDArray[Any]) -> None:
    with file.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)
