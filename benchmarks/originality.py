"""How fast copied runs are found among many documents, and whether any is missed.

    python -m benchmarks.originality [--json] [--poems 300000] [--prose 20000]

Documents are drawn from a seeded sampler whose words are as unevenly used as in a language: poems of 20 to 56
Chinese characters, prose of 100 to 300 words. A thousand runs of exactly the shortest length that counts are
taken from random documents, each set in a text of its own; every one must be found. The texts that are timed
have 200 words, half of them with a copied run.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import psutil

from benchmarks.report import options_for, report
from generation.originality import Corpus, Document, Originality

_PLANTED = 1000
_RUN_WORDS, _RUN_CHARACTERS = 8, 12
_LOOKUPS = 400


@dataclass(frozen=True, slots=True)
class Sampler:
    """Draws units with the frequencies of Zipf's law."""

    units: list[str]
    draw: np.random.Generator

    def some(self, count: int) -> list[str]:
        ranks = self.draw.zipf(1.2, size=count) - 1
        return [self.units[rank % len(self.units)] for rank in ranks]


def samplers(seed: int) -> tuple[Sampler, Sampler]:
    draw = np.random.default_rng(seed)
    syllables = [c + v for c in "bcdfghjklmnprstvw" for v in ("a", "e", "i", "o", "u", "an", "er", "ing")]
    words = sorted({"".join(draw.choice(syllables, size=draw.integers(1, 4))) for _ in range(30_000)})
    draw.shuffle(words)
    return Sampler(words, draw), Sampler([chr(0x4E00 + i) for i in range(5000)], draw)


def prose(sampler: Sampler, count: int) -> Iterator[Document]:
    for i, length in enumerate(sampler.draw.integers(100, 300, size=count)):
        yield Document(" ".join(sampler.some(int(length))), title=f"prose {i}")


def poems(sampler: Sampler, count: int) -> Iterator[Document]:
    for i, length in enumerate(sampler.draw.choice([20, 28, 40, 56], size=count)):
        signs = sampler.some(int(length))
        lines = ["".join(signs[at : at + 7]) for at in range(0, len(signs), 7)]
        yield Document("，".join(lines) + "。", title=f"poem {i}")


def excerpt(document: Document, sampler: Sampler) -> str:
    """A run of the shortest length that counts, from anywhere in a document."""
    spaced = document.title.startswith("prose")
    units = document.text.split() if spaced else [c for c in document.text if c not in "，。"]
    length = _RUN_WORDS if spaced else _RUN_CHARACTERS
    start = int(sampler.draw.integers(0, len(units) - length + 1))
    return (" " if spaced else "").join(units[start : start + length])


def missed(index: Originality, chosen: list[Document], sampler: Sampler) -> int:
    """How many of the planted runs are not found."""
    count = 0
    for document in chosen:
        run = excerpt(document, sampler)
        found = index.longest_shared(f"zzyzx xyzzy {run} plugh plover")
        count += found is None
    return count


def timings(index: Originality, chosen: list[Document], sampler: Sampler) -> list[float]:
    taken = []
    for i in range(_LOOKUPS):
        text = " ".join(sampler.some(200))
        if i % 2:
            text += f" {excerpt(chosen[i % len(chosen)], sampler)}"
        started = perf_counter()
        index.longest_shared(text)
        taken.append((perf_counter() - started) * 1000)
    return taken


def measure(folder: Path, poem_count: int, prose_count: int) -> dict[str, float]:
    words, signs = samplers(7)
    documents = [*prose(words, prose_count), *poems(signs, poem_count)]
    index = Originality(folder)
    started = perf_counter()
    added = index.add(Corpus("synthetic"), documents)
    build = perf_counter() - started
    picked = words.draw.choice(len(documents), size=_PLANTED)
    half = words.draw.integers(0, prose_count, size=_PLANTED // 2)  # Else nearly all would be poems.
    chosen = [documents[i] for i in (*half, *picked[_PLANTED // 2 :])]
    fresh = Originality(folder)
    before = psutil.Process().memory_info().rss
    started = perf_counter()
    fresh.longest_shared("a text that is short")
    opened = perf_counter() - started
    taken = timings(fresh, chosen, words)
    resident = psutil.Process().memory_info().rss - before
    return {
        "documents": added.documents,
        "build_s": build,
        "index_mb": sum(one.bytes for one in fresh.registered()) / 1e6,
        "open_ms": opened * 1000,
        "lookup_p50_ms": float(np.percentile(taken, 50)),
        "lookup_p99_ms": float(np.percentile(taken, 99)),
        "resident_mb": resident / 1e6,
        "planted": len(chosen),
        "missed": missed(fresh, chosen, words),
    }


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--poems", type=int, default=300_000, help="Chinese poems")
    parser.add_argument("--prose", type=int, default=20_000, help="English documents")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.poems, options.prose)
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()
