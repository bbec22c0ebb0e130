"""What the loop is worth: simulated readers rate, the service learns, and writes for them again.

    python -m benchmarks.loop_gain [--json] [--reader name or file.py:function] [--ratings 250] [--rounds 3]
        [--themes file] [--held-out-themes file] [--at-once 32] [--corpus poems] [--no-replay] [--no-gate]
        [--no-adversary]

Everything is the real service (broker, writer, trainer, SQLite, the gate as it is set by default); only the
readers are simulated. Six of them share a taste, each with a mood of its own; a seventh votes against it,
more often than any other. The taste is `--reader`: one that is built in (`retrain/readers.py`), or a function
of what was asked and what was written, from -1 to 1. A reader taps up for what is clearly better than the
base's pieces usually are to that taste, and down for what is worse. Nothing but these taps reaches the
service. A round is `--ratings` of them, then a run.

After each round every held-out theme is asked for again, in each form. `win_rate_round_N` is how often the
piece scores higher than the one that the base wrote at first, half for a draw; intervals are of 95 %, by
resampling themes. `distinct_2_drift`, `repetition_drift` and `bits_per_byte_drift` compare the last round
with the base: the first two on those pieces, the last on human text as the gate measured it, of the version
that writes then. `minutes` are a round's, from its first request to the verdict: the held-out pieces only
measure. A file of themes has one in each line.

`--corpus` are texts that people wrote, replayed beside the rated ones; with `--no-replay` the same texts only
measure what was forgotten. With `--no-gate` a refused candidate is put in charge all the same. With
`--no-adversary` nobody votes against the others. `--rounds 10` with and without each says what it is worth;
`candidate_…_drift_round_N` tells what each round's candidate had lost since the base, be it refused or not.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.loop_losses import candidate_drift, drift, train_speed
from benchmarks.loop_readers import AGAINST, Readers, Usual, rated
from benchmarks.report import Figures, options_for, quiet, report, takes_base_cache
from feedback.records import RunRecord
from generation.originality import Corpus
from generation.originality.files import documents_in
from generation.text_metrics import repetition_of
from retrain.bootstrap import interval
from retrain.diversity import distinct
from retrain.reader import Reader as Taste
from retrain.reader import load_reader
from retrain.readers import BUILT_IN
from retrain.series import Series, mean_of
from worker.crowd import Crowd, Piece
from worker.own_service import apart, deploy, learned, running
from worker.parts import Parts
from worker.settings import load_settings

_PATIENCE = 7200.0  # Seconds until a run's verdict, on the slowest machine.
_HELD_OUT_AT_ONCE = 4  # Held-out pieces under way together, as at a quiet hour: each is the best of six.
_SURE = 0.975
_FORMS = ("poem", "quatrain", "haiku", "limerick")
_OURS = Path(__file__).with_name("loop_themes.txt")


@dataclass(frozen=True, slots=True)
class Round:
    """What readers got for the held-out themes."""

    pieces: Sequence[Piece]
    scores: Series
    distinct: Series
    repetition: float


def themes_in(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def themes(options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """To rate on, and to be held out: of one list, every fourth."""
    rated, held_out = themes_in(options.themes), themes_in(options.held_out_themes)
    if rated != held_out:
        return rated, held_out
    return [theme for number, theme in enumerate(rated) if number % 4], rated[::4]


def requests(themes: Sequence[str]) -> list[str]:
    return [f"a {form} about {theme}" for theme in themes for form in _FORMS]


def measured(pieces: Sequence[Piece], taste: Taste) -> Round:
    items = [theme_of(piece) for piece in pieces]
    texts = [piece.reply.text for piece in pieces]
    scores = [taste(piece.asked, piece.reply.text) for piece in pieces]
    return Round(
        pieces,
        mean_of("score", items, scores),
        distinct(texts, items, 2),
        sum(map(repetition_of, texts)) / len(texts),
    )


def theme_of(piece: Piece) -> str:
    return piece.asked.partition(" about ")[2]


def wins(now: Round, base: Round) -> Series:
    """On the requests that both were written for: a piece that may not be shown is nobody's win."""
    before = dict(zip((piece.asked for piece in base.pieces), base.scores.parts, strict=True))
    both = [
        (theme_of(piece), score, before[piece.asked])
        for piece, score in zip(now.pieces, now.scores.parts, strict=True)
        if piece.asked in before
    ]
    won = [1.0 if score > other else 0.5 if score == other else 0.0 for _, score, other in both]
    return mean_of("wins", [theme for theme, _, _ in both], won)


def distinct_drift(now: Round, base: Round) -> float:
    """Distinct-2 over the base's, less 1."""
    return now.distinct.value / base.distinct.value - 1


def with_interval(name: str, series: Series) -> Figures:
    found = interval(series, _SURE)
    ends = {f"{name}_low": found.low, f"{name}_high": found.high} if found else {}
    return {name: series.value, **ends}


def _endless(asked: Sequence[str]) -> Iterator[str]:
    """All, in another order each time."""
    for turn in count():
        yield from Random(turn).sample(asked, len(asked))  # noqa: S311 - no secret.


def register(parts: Parts, texts: Path, learn: bool) -> None:
    """Texts by people: to be replayed, or else only to be judged on."""
    parts.originality.add(Corpus("people", learn=learn), documents_in(texts, _say))


@dataclass
class Rounds:
    """Ratings, and a run on them, again and again."""

    parts: Parts
    readers: Readers
    asked: Iterator[str]
    options: argparse.Namespace
    runs: list[RunRecord] = field(default_factory=list)
    seconds: float = 0.0  # From the first request to the verdict, of all of them.

    async def go_on(self) -> RunRecord:
        began = time.monotonic()
        await rated(self.readers, self.asked, self.options.ratings, self.options.at_once)
        run = await learned(self.parts, _PATIENCE, _say)
        if run.status == "rejected" and run.candidate and not self.options.gate:
            await deploy(self.parts, run.candidate, "there is no gate")
        self.seconds += time.monotonic() - began
        self.runs.append(run)
        return run


async def gain(parts: Parts, taste: Taste, options: argparse.Namespace) -> Figures:
    if options.corpus:
        register(parts, options.corpus, learn=options.replay)
    to_rate, to_hold_out = themes(options)
    held_out = requests(to_hold_out)
    async with running(parts, _CHANGES, _say):
        crowd = Crowd(parts.inbox, parts.feed, taste, _HELD_OUT_AT_ONCE)
        first = parts.store.versions.champion() or ""
        now = base = measured(await crowd.ask_all(held_out), taste)
        usual = Usual.of(base.scores.parts)
        readers = Readers(taste, usual, crowd, AGAINST if options.adversary else 0.0)
        rounds = Rounds(parts, readers, _endless(requests(to_rate)), options)
        figures = with_interval("mean_score_round_0", base.scores)
        for number in range(1, options.rounds + 1):
            run = await rounds.go_on()
            now = measured(await crowd.ask_all(held_out), taste)
            figures |= of_round(number, now, base, run)
            figures |= candidate_drift(parts.store, first, run, number)
            _say(f"  round {number}: {_told(figures, number)}")
        dropped = {"held_out_pieces": len(held_out), "dropped": crowd.dropped}
        return figures | in_the_end(rounds, first, now, base) | dropped


def in_the_end(rounds: Rounds, first: str, now: Round, base: Round) -> Figures:
    """What the last round left, beside the base, and what a round cost."""
    store = rounds.parts.store
    lost = drift(store.figures.of(first), store.figures.of(store.versions.champion() or first))
    return {
        "bits_per_byte_drift": lost.get("bits_per_byte", 0.0),
        "distinct_2_drift": distinct_drift(now, base),
        "repetition_drift": now.repetition - base.repetition,
        "minutes": rounds.seconds / 60 / len(rounds.runs),
        "train_tokens_per_second": train_speed(store, rounds.runs),
    }


def of_round(number: int, now: Round, base: Round, run: RunRecord) -> Figures:
    """What readers got after it, beside what the base wrote for the same requests."""
    return {
        **with_interval(f"mean_score_round_{number}", now.scores),
        **with_interval(f"win_rate_round_{number}", wins(now, base)),
        f"distinct_2_drift_round_{number}": distinct_drift(now, base),
        f"promoted_round_{number}": float(run.status == "promoted"),
    }


def _told(figures: Figures, number: int) -> str:
    """Every figure of a round, for whoever looks on."""
    end = f"_round_{number}"
    return ", ".join(
        f"{name.removesuffix(end)} {value:.3f}" for name, value in figures.items() if name.endswith(end)
    )


_CHANGES = {"canary_share": 0.0, "min_new_ratings": 0}


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument(
        "--reader", default="plain_spoken", help=f"{', '.join(BUILT_IN)}, or file.py:function"
    )
    parser.add_argument("--themes", type=Path, default=_OURS)
    parser.add_argument("--held-out-themes", type=Path, default=_OURS)
    parser.add_argument("--ratings", type=int, default=250, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--at-once",
        type=int,
        default=32,
        help="pieces that are asked for together to be rated: as many as are written at once",
    )
    parser.add_argument("--corpus", type=Path, help="file or folder of texts by people, to be replayed")
    parser.add_argument("--replay", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--gate", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--adversary", action=argparse.BooleanOptionalAction, default=True)
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    with TemporaryDirectory() as folder:
        settings = load_settings(base_cache=options.base_cache)
        parts = apart(settings, Path(folder), _CHANGES)
        figures = asyncio.run(gain(parts, load_reader(options.reader), options))
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()
