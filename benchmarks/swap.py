"""What readers notice of a swap: 16 of them at once, a swap every few seconds, beside a run without swaps.

    python -m benchmarks.swap [--json] [--seconds 60] [--every 5] [--base-cache .rhapsode/base]

The writer's own parts: the engine, the store and what follows the deployment. `mixed` counts texts that
their version does not write again from their seed; `stale` greedy texts after a swap that a fresh engine of
the same version would not write.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic

import psutil
import torch
from peft import LoraConfig, get_peft_model

from benchmarks.readers import Wish, wishes_of
from benchmarks.report import options_for, quiet, report, takes_base_cache
from feedback.database import migrate
from feedback.store import Store
from generation.base_models import Base, prepare_base
from generation.cores import CORES
from generation.engine import WritingFailed, WritingRequest, Written
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
from retrain.version_row import version_row
from worker.live_version import LiveVersion, ensure_champion
from worker.stand_back import stand_back

_READERS = 16
_CHECKED = 24  # Texts that are written again from their version and seed.


@dataclass(slots=True)
class Seen:
    """What all readers saw."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    gaps: list[float] = field(default_factory=list)
    texts: list[tuple[WritingRequest, Written]] = field(default_factory=list)
    asked: int = 0
    failed: int = 0


def read_on(engine: LocalEngine, wishes: list[Wish], until: float, seen: Seen, reader: int) -> None:
    """One reader: piece after piece until the time is up."""
    turn = reader
    while monotonic() < until:
        wish = wishes[turn % len(wishes)]
        request = replace(wish.request, seed=turn, sampling=Sampling())
        grew: list[float] = []
        with seen.lock:
            seen.asked += 1
        try:
            ticket = engine.submit(request)
            grew.extend(monotonic() for _ in ticket.snapshots(every=0))
            written = ticket.result()
        except WritingFailed:
            with seen.lock:
                seen.failed += 1
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
    """Adapters that change what is written: as many as it takes for each swap to load its version.

    The one before the live one is still in memory.
    """
    names = []
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        config = LoraConfig(
            r=8, target_modules="all-linear", init_lora_weights=False, lora_alpha=1, task_type="CAUSAL_LM"
        )
        adapted = get_peft_model(load_model(base, "cpu", torch.float32), config)
        manifest = write_version(
            models, model=adapted, base=base, parent=base_name(base), lineage={}, metrics={}
        )
        store.versions.add(version_row(manifest))
        names.append(manifest.name)
    return names


def again(version: LoadedVersion, request: WritingRequest) -> str:
    """What a fresh engine of that version writes."""
    engine = LocalEngine(version)
    text = engine.submit(request).result().text
    engine.close()
    return text


def compare(base: Base, models: Path, store: Store, seconds: float, every: float) -> dict[str, float]:
    base_version = ensure_champion(store, base)
    names = adapters(base, models, store)
    dtype = default_dtype("cpu")

    def load(name: str, does: DoesSlices = at_once) -> LoadedVersion:
        return load_version(models, name, base, "cpu", dtype, does)

    champion = load(base_version)
    engine = LocalEngine(champion, threads=CORES)
    live = LiveVersion(store, engine, partial(load, does=engine.between_steps), champion)
    stale: list[bool] = []
    peak = [0]
    greedy = replace(wishes_of(1)[0].request, sampling=GREEDY, max_new_tokens=12)
    after_swap: list[Written] = []

    def swap_now_and_then(until: float) -> None:
        stand_back()
        turn, due = 0, monotonic() + every
        while max(due, monotonic()) < until:
            threading.Event().wait(max(0.0, due - monotonic()))
            due += every
            store.versions.promote(names[turn % len(names)], "benchmark")
            live.follow()
            after_swap.append(engine.submit(greedy).result())
            peak[0] = max(peak[0], psutil.Process().memory_info().rss)
            turn += 1

    def in_the_background(until: float) -> None:
        swapping = threading.Thread(target=swap_now_and_then, args=(until,))
        swapping.start()
        swapping.join()

    engine.submit(greedy).result()  # Warm.
    calm = load_run(engine, seconds, lambda _: None)
    swapped = load_run(engine, seconds, in_the_background)
    started = monotonic()
    back_to = store.versions.rollback("benchmark")
    live.follow()
    rollback = monotonic() - started
    if engine.version != back_to:
        raise RuntimeError(f"{engine.version} writes, not {back_to}")
    engine.close()
    fresh = {name: load(name) for name in (*names, base_name(base))}
    stale = [written.text != again(fresh[written.version], greedy) for written in after_swap[-4:]]
    step = max(1, len(swapped.texts) // _CHECKED)
    checked = swapped.texts[::step]
    mixed = [written.text != again(fresh[written.version], request) for request, written in checked]
    ends = [(request.seed, written.text) for request, written in swapped.texts]
    return {
        "failed": swapped.failed,
        "lost": swapped.asked - swapped.failed - len(swapped.texts),
        "duplicated": len(ends) - len(set(ends)),
        "mixed": sum(mixed),
        "stale": sum(stale),
        "gap_ratio_p99": _p99(swapped.gaps) / _p99(calm.gaps),
        "gap_p99_ms": 1000 * _p99(swapped.gaps),
        "rollback_s": rollback,
        "peak_rss_mb": peak[0] / (1 << 20),
        "swaps": len(after_swap),
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
