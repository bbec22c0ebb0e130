"""What readers notice of a swap: 16 of them at once, a swap every few seconds, beside a run without swaps.

    python -m benchmarks.swap [--json] [--seconds 60] [--every 5] [--base-cache .rhapsode/base]

The writer's own parts: the engine, the store and what follows the deployment. `mixed` counts texts that
their version does not write again from their seed; `stale` greedy texts after a swap that are not of its
version, or that a fresh engine of it would not write. `swap_s` is the time from a promotion until its version
writes, the median; while it is longer than `every`, there are fewer `swaps`, each after the one before.
"""

import resource
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic

import torch

from benchmarks.outcomes import differs_alone, ends_of
from benchmarks.readers import Wish, wishes_of
from benchmarks.report import options_for, quiet, report, takes_base_cache
from feedback.database import migrate
from feedback.store import Store
from generation.base_models import Base, prepare_base
from generation.cores import CORES
from generation.engine import Ticket, WritingFailed, WritingRequest, Written
from generation.errand import DoesSlices, at_once
from generation.local_engine import LocalEngine
from generation.sampling import GREEDY, Sampling
from generation.versions import (
    LoadedVersion,
    base_name,
    default_dtype,
    load_model,
    load_version,
    write_version,
)
from retrain.methods import adapted, trained_in
from retrain.recipe import Recipe
from retrain.version_row import version_row
from worker.live_version import LiveVersion, ensure_champion
from worker.stand_back import stand_back

_READERS = 16
_MOVED = 4e-3  # Deviation of an adapter's outer weights: some ten steps at the usual rate.
_CHECKED = 24  # Texts that are written again from their version and seed.


@dataclass(slots=True)
class Seen:
    """What all readers saw."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    gaps: list[float] = field(default_factory=list)
    texts: list[tuple[WritingRequest, Written]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)  # Seeds, as the request of each.
    failed: list[int] = field(default_factory=list)

    @property
    def ended(self) -> list[int]:
        return self.failed + [written.seed for _, written in self.texts]


@dataclass(slots=True)
class Swaps:
    """What came of the promotions: how long each took, and a text that was asked for after it."""

    took: list[float] = field(default_factory=list)
    asked: list[tuple[str, Ticket]] = field(default_factory=list)


def read_on(engine: LocalEngine, wishes: list[Wish], until: float, seen: Seen, reader: int) -> None:
    """One reader: piece after piece until the time is up."""
    turn = reader
    while monotonic() < until:
        wish = wishes[turn % len(wishes)]
        request = replace(wish.request, seed=turn, sampling=Sampling())
        grew: list[float] = []
        with seen.lock:
            seen.asked.append(turn)
        try:
            ticket = engine.submit(request)
            grew.extend(monotonic() for _ in ticket.snapshots(every=0))
            written = ticket.result()
        except WritingFailed:
            with seen.lock:
                seen.failed.append(turn)
            continue
        with seen.lock:
            seen.texts.append((request, written))
            seen.gaps += [late - early for early, late in pairwise(grew)]
        turn += _READERS


def load_run(engine: LocalEngine, seconds: float, meanwhile: Callable[[float], None]) -> Seen:
    seen, until = Seen(), monotonic() + seconds
    wishes = wishes_of(48)
    readers = [
        threading.Thread(target=read_on, args=(engine, wishes, until, seen, i)) for i in range(_READERS)
    ]
    for reader in readers:
        reader.start()
    meanwhile(until)
    for reader in readers:
        reader.join()
    return seen


def adapters(base: Base, models: Path, store: Store) -> list[str]:
    """Adapters as they are trained by default, which change what is written: as many as it takes for each
    swap to load its version.

    The one before the live one is still in memory.
    """
    names = []
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        trained = adapted(load_model(base, "cpu", torch.float32), Recipe(), steps=1)
        for name, weight in trained_in(trained).items():
            if "lora_B" in name:  # Zeros at first.
                torch.nn.init.normal_(weight, std=_MOVED)
        manifest = write_version(
            models, model=trained, base=base, parent=base_name(base), lineage={}, metrics={}
        )
        store.versions.add(version_row(manifest))
        names.append(manifest.name)
    return names


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10)  # Linux counts in KiB.


def compare(base: Base, models: Path, store: Store, seconds: float, every: float) -> dict[str, float]:
    base_version = ensure_champion(store, base)
    names = adapters(base, models, store)
    dtype = default_dtype("cpu")

    def load(name: str, does: DoesSlices = at_once) -> LoadedVersion:
        return load_version(models, name, base, "cpu", dtype, does)

    champion = load(base_version)
    engine = LocalEngine(champion, threads=CORES)
    live = LiveVersion(store, engine, partial(load, does=engine.between_steps), champion)
    greedy = replace(wishes_of(1)[0].request, sampling=GREEDY, max_new_tokens=12)
    swaps = Swaps()

    def swap_now_and_then(until: float) -> None:
        stand_back()
        turn, due = 0, monotonic() + every
        while max(due, monotonic()) < until:
            threading.Event().wait(max(0.0, due - monotonic()))
            due += every
            name, began = names[turn % len(names)], monotonic()
            store.versions.promote(name, "benchmark")
            live.follow()
            swaps.took.append(monotonic() - began)
            swaps.asked.append((name, engine.submit(greedy)))  # Not waited for: the next swap is due.
            turn += 1

    def in_the_background(until: float) -> None:
        swapping = threading.Thread(target=swap_now_and_then, args=(until,))
        swapping.start()
        swapping.join()

    engine.submit(greedy).result()  # Warm.
    calm = load_run(engine, seconds, lambda _: None)
    swapped = load_run(engine, seconds, in_the_background)
    after_swap = [(name, ticket.result()) for name, ticket in swaps.asked]
    started = monotonic()
    back_to = store.versions.rollback("benchmark")
    live.follow()
    rollback = monotonic() - started
    if engine.version != back_to:
        raise RuntimeError(f"{engine.version} writes, not {back_to}")
    engine.close()
    peak = peak_mb()  # What follows loads more versions than a writer ever holds.
    fresh = {name: load(name) for name in (*names, base_name(base))}
    stale = [
        written.version != name or differs_alone(fresh[name], greedy, written)
        for name, written in after_swap[-4:]
    ]
    step = max(1, len(swapped.texts) // _CHECKED)
    checked = swapped.texts[::step]
    mixed = [differs_alone(fresh[written.version], request, written) for request, written in checked]
    ends = ends_of(swapped.asked, swapped.ended)
    return {
        "failed": len(swapped.failed),
        "lost": ends.lost,
        "duplicated": ends.duplicated,
        "mixed": sum(mixed),
        "stale": sum(stale),
        "gap_ratio_p99": _p99(swapped.gaps) / _p99(calm.gaps),
        "gap_p99_ms": 1000 * _p99(swapped.gaps),
        "rollback_s": rollback,
        "peak_rss_mb": peak,
        "swaps": len(swaps.took),
        "swap_s": median(swaps.took),
        "texts": len(swapped.texts),
        "checked": len(checked),
    }


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each of the two runs")
    parser.add_argument("--every", type=float, default=5, help="seconds between swaps")
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    torch.set_num_threads(1)  # The cores are the engine's.
    base = prepare_base("smollm2", options.base_cache)
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/rhapsode.db"
        migrate(url)
        store = Store(url, b"benchmark")
        figures = compare(base, Path(folder) / "models", store, options.seconds, options.every)
        store.close()
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()
