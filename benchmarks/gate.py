"""How often bad candidates pass, equal ones pass, and better ones are refused.

    python -m benchmarks.gate [--json] [--draws 400] [--trials 1000] [--pieces 180]
                              [--shuffled 2] [--better 1] [--perplexity 1.05 1.2] [--device cpu]
                              [--base-cache .rhapsode/base]

Really done, with the default model: the base writes pieces that a built-in reader rates; candidates are
trained on those ratings and on shuffled ones; the base (three times, with other seeds) and every candidate
are examined.

Simulated from that: all sit an examination of twice the usual size, half of whose prompts and held-out texts
are drawn, without replacement, `--draws` times for each kind of candidate, and the gate's own rules judge
each half with their default margins. A random half of a sample is a sample; one drawn with replacement from a
sample varies twice as much as one, and passes equals twice too often and more. This tells how a verdict
depends on the choice of prompts and texts; how it depends on the training itself is told only by as many
candidates as were trained. Candidates that write nothing, or one poem, are taken to expect what the better
one expects: the worst case. Draws are judged by the reader, by the critic and by ratings alone, in turn.

`refused_share`: of bad candidates (empty, one poem, shuffled labels). `missed_improvement_rate`: really
better candidates that were refused. `false_promotion_rate`: of `--trials` canary trials of two equal
versions, with readers who rate several times and raters who agree, looked at after every rating
(benchmarks/canary_trials.py). With `--perplexity`, the same draws are judged by these margins for favourites
as well.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.canary_trials import World, shares_of
from benchmarks.gate_candidates import Field, field_of
from benchmarks.report import Figures, options_for, quiet, report, takes_base_cache
from generation.base_models import prepare_base
from retrain.gate import Margins, judge
from retrain.series import Measured, Series

Pair = tuple[Measured, Measured]  # A candidate and a champion.

_EXPECTED = {"perplexity", "bits_per_byte_liked", "bits_per_byte_human", "contrast", "preference_accuracy"}
_WITHOUT: tuple[set[str], ...] = (set(), {"score"}, {"score", "liking"})  # Judged by reader, critic, ratings.


def drawn(candidate: Measured, champion: Measured, random: np.random.Generator) -> tuple[Measured, Measured]:
    """A smaller examination of both: half of the items, the same ones for everything measured on them."""
    chosen: dict[tuple[str, ...], frozenset[str]] = {}

    def halved(series: Series) -> Series:
        if series.items not in chosen:
            items = sorted(set(series.items))
            chosen[series.items] = frozenset(random.permutation(items)[: len(items) // 2].tolist())
        places = [place for place, item in enumerate(series.items) if item in chosen[series.items]]
        return replace(
            series,
            items=tuple(series.items[place] for place in places),
            parts=tuple(series.parts[place] for place in places),
            weights=tuple(series.weights[place] for place in places),
        )

    return (
        {name: halved(series) for name, series in candidate.items()},
        {name: halved(series) for name, series in champion.items()},
    )


def refused(pairs: Sequence[Pair], draws: int, seed: int, margins: Margins) -> float:
    """Share of draws, of each pair of a candidate and a champion in turn, in which the gate refuses."""
    random, count = np.random.default_rng(seed), 0
    for number in range(draws):
        candidate, champion = pairs[number % len(pairs)]
        without = _WITHOUT[number // len(pairs) % len(_WITHOUT)]
        ours, theirs = drawn(_less(candidate, without), _less(champion, without), random)
        count += not judge(ours, theirs, margins).passed
    return count / draws


def _less(measured: Measured, without: set[str]) -> Measured:
    return {name: series for name, series in measured.items() if name not in without}


@dataclass(frozen=True, slots=True)
class Examined:
    """What was measured of the base, with three seeds, and of candidates."""

    base: list[Measured]
    better: list[Measured]
    bad: dict[str, list[Measured]]  # By what is wrong with them.


def examined(field: Field, shuffled: int, better: int, say: Callable[[str], None]) -> Examined:
    base = [field.champion(seed) for seed in (1, 2, 3)]
    say("the base is examined")
    good = [field.trained(seed, shuffled=False) for seed in range(better)]
    say(f"{better} trained on the ratings")
    bad = [field.trained(seed, shuffled=True) for seed in range(shuffled)]
    say(f"{shuffled} trained on shuffled ratings")
    expects = {name: good[0][name] for name in _EXPECTED & good[0].keys()}
    poem = next(example.text for example in field.examples if example.liked)
    empty, same = [expects | field.writing("")], [expects | field.writing(poem)]
    return Examined(base, good, {"empty": empty, "one_poem": same, "shuffled": bad})


def gate_figures(seen: Examined, draws: int, margins: Margins) -> Figures:
    found = {
        f"refused_{kind}": refused(list(product(candidates, seen.base)), draws, 1, margins)
        for kind, candidates in seen.bad.items()
    }
    return {
        "refused_share": sum(found.values()) / len(found),
        **found,
        "equal_promoted_by_gate": 1 - refused(list(permutations(seen.base, 2)), draws, 2, margins),
        "missed_improvement_rate": refused(list(product(seen.better, seen.base)), draws, 3, margins),
    }


def scores(seen: Examined) -> Figures:
    """What the reader gives the pieces, in the mean."""
    kinds = {"champion": seen.base, "better": seen.better, "shuffled": seen.bad["shuffled"]}
    return {f"score_{kind}": fmean(one["score"].value for one in of) for kind, of in kinds.items()}


def canary_figures(trials: int) -> Figures:
    equal = shares_of(World(), trials)
    better = shares_of(World(gain=0.25), trials // 5)
    worse = shares_of(World(gain=-0.25), trials // 5)
    return {
        "false_promotion_rate": equal["promote"],
        "false_quarantine_rate": equal["quarantine"],
        "canary_better_promoted": better["promote"],
        "canary_worse_quarantined": worse["quarantine"],
    }


def main() -> None:
    parser = options_for(__doc__)
    for name, default in (("draws", 400), ("trials", 1000), ("pieces", 180), ("shuffled", 2), ("better", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--perplexity", type=float, nargs="*", default=[])
    parser.add_argument("--device", default="cpu")
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    torch.set_num_threads(1)  # The cores are the engine's.
    base = prepare_base("smollm2", options.base_cache)

    def say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    with TemporaryDirectory() as models:
        field = field_of(base, Path(models), options.pieces, options.device, say)
        seen = examined(field, options.shuffled, options.better, say)
    figures = gate_figures(seen, options.draws, Margins()) | scores(seen)
    for margin in options.perplexity:
        others = gate_figures(seen, options.draws, Margins(perplexity=margin))
        figures |= {f"{name}_{margin:g}": figure for name, figure in others.items()}
    report(figures | canary_figures(options.trials), as_json=options.json)


if __name__ == "__main__":
    main()
