"""What the loop is worth: simulated readers rate, the service learns, and writes for them again.

    python -m benchmarks.loop_gain [--json] [--reader name or file.py:function] [--ratings 250] [--rounds 3]
        [--themes file] [--held-out-themes file] [--at-once 16] [--corpus poems] [--no-replay] [--no-gate]
        [--no-adversary]

Everything is the real service (broker, writer, trainer, SQLite, the gate as it is set by default); only the
readers are simulated. Six of them share a taste, each with a mood of its own; a seventh votes against it,
more often than any other. The taste is `--reader`: one that is built in (`retrain/readers.py`), or a function
of what was asked and what was written, from -1 to 1. Nothing but its readers' taps reaches the service. A
round is `--ratings` taps, then a run.

After each round every held-out theme is asked for again, in each form. `win_rate_round_N` is how often the
piece scores higher than the one that the base wrote at first, half for a draw; intervals are of 95 %, by
resampling themes. `distinct_2_drift`, `repetition_drift` and `bits_per_byte_drift` compare the last round
with the base: the first two on those pieces, the last on human text as the gate measured it, of the version
that writes then. `minutes` are
a round's, from its first request to the verdict: the held-out pieces only measure. A file of themes has one
in each line.

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
from benchmarks.report import Figures, options_for, quiet, report, takes_base_cache
from bots.messages import Reader, Vote
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
from worker.crowd import Crowd, Piece, tap
from worker.own_service import apart, deploy, learned, running
from worker.parts import Parts
from worker.settings import load_settings

_READERS, _MOOD = 6, 0.15  # Of one taste; the deviation of one reader's mood from one piece to the next.
_AGAINST = 0.25  # Share of the pieces that the adversary also rates.
_PATIENCE = 1800.0  # Seconds until a run's verdict.
_HELD_OUT_AT_ONCE = 4  # Held-out pieces under way together, as at a quiet hour: each is the best of six.
_SURE = 0.975
_FORMS = ("poem", "quatrain", "haiku", "limerick")
_OURS = Path(__file__).with_name("loop_themes.txt")


@dataclass
class Readers:
    """They share a taste but for their moods; one is against it."""

    taste: Taste
    crowd: Crowd
    against: float = _AGAINST
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret.
    given: int = 0

    def rate(self, piece: Piece) -> None:
        """One of them reads it, and perhaps the adversary."""
        number = self.random.randrange(_READERS)
        score = self.taste(piece.asked, piece.reply.text)
        self._tap(f"reader {number}", tap(score + self.random.gauss(0, _MOOD)), piece)
        if self.random.random() < self.against:
            self._tap("adversary", tap(-score), piece)

    def _tap(self, name: str, value: float | None, piece: Piece) -> None:
        if value is None:
            return
        reader = Reader("terminal", "", name)
        self.crowd.inbox.rate(Vote(reader, value, "button", piece.reply.completion_id))
        self.given += name != "adversary"


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


def with_interval(name: str, series: Series) -> Figures:
    found = interval(series, _SURE)
    ends = {f"{name}_low": found.low, f"{name}_high": found.high} if found else {}
    return {name: series.value, **ends}


async def rated(readers: Readers, asked: Iterator[str], ratings: int, at_once: int) -> None:
    """Ask and rate until so many taps were given."""
    until = readers.given + ratings

    async def one() -> None:
        while readers.given < until:
            piece = await readers.crowd.ask(next(asked))
            if piece is not None:
                await asyncio.to_thread(readers.rate, piece)

    await asyncio.gather(*(one() for _ in range(at_once)))


def _endless(asked: Sequence[str]) -> Iterator[str]:
    """All, in another order each time."""
    for turn in count():
        yield from Random(turn).sample(asked, len(asked))  # noqa: S311 - no secret.


def register(parts: Parts, texts: Path, learn: bool) -> None:
    """Texts by people: to be replayed, or else only to be judged on."""
    parts.originality.add(Corpus("people", learn=learn), documents_in(texts, _say))


async def gain(parts: Parts, taste: Taste, options: argparse.Namespace) -> Figures:
    if options.corpus:
        register(parts, options.corpus, learn=options.replay)
    to_rate, to_hold_out = themes(options)
    held_out, asked = requests(to_hold_out), _endless(requests(to_rate))
    async with running(parts, _CHANGES, _say):
        crowd = Crowd(parts.inbox, parts.feed, taste, _HELD_OUT_AT_ONCE)
        readers = Readers(taste, crowd, _AGAINST if options.adversary else 0.0)
        first = parts.store.versions.champion() or ""
        base = measured(await crowd.ask_all(held_out), taste)
        now, runs, seconds = base, list[RunRecord](), 0.0
        figures = with_interval("mean_score_round_0", base.scores)
        for number in range(1, options.rounds + 1):
            began = time.monotonic()
            await rated(readers, asked, options.ratings, options.at_once)
            runs.append(await learned(parts, _PATIENCE, _say))
            if runs[-1].status == "rejected" and not options.gate:
                await deploy(parts, runs[-1].candidate or "", "there is no gate")
            seconds += time.monotonic() - began
            now = measured(await crowd.ask_all(held_out), taste)
            figures |= of_round(number, now, base, runs[-1])
            figures |= candidate_drift(parts.store, first, runs[-1], number)
            _say(f"  round {number}: {_told(figures, number)}")
        figures_of = parts.store.figures.of
        lost = drift(figures_of(first), figures_of(parts.store.versions.champion() or first))
        return figures | {
            "bits_per_byte_drift": lost.get("bits_per_byte", 0.0),
            "distinct_2_drift": now.distinct.value / base.distinct.value - 1,
            "repetition_drift": now.repetition - base.repetition,
            "minutes": seconds / 60 / options.rounds,
            "train_tokens_per_second": train_speed(parts.store, runs),
            "held_out_pieces": len(held_out),
            "dropped": crowd.dropped,
        }


def of_round(number: int, now: Round, base: Round, run: RunRecord) -> Figures:
    """What readers got after it, beside what the base wrote for the same requests."""
    return {
        **with_interval(f"mean_score_round_{number}", now.scores),
        **with_interval(f"win_rate_round_{number}", wins(now, base)),
        f"distinct_2_drift_round_{number}": now.distinct.value / base.distinct.value - 1,
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
        "--at-once", type=int, default=16, help="pieces that are asked for together to be rated"
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
