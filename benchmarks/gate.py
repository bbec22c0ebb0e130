"""How often bad candidates pass, equal ones pass, and better ones are refused.

    python -m benchmarks.gate [--json] [--draws 400] [--trials 1000] [--pieces 144]
                              [--shuffled 2] [--better 1] [--base-cache .rhapsode/base]

Really done, with the default model: the base writes pieces that a built-in reader rates; candidates are
trained on those ratings and on shuffled ones; the base (three times, with other seeds) and every candidate
are examined.

Simulated from that: an examination's prompts and held-out texts are drawn anew, with replacement, `--draws`
times for each kind of candidate, and the gate's own rules judge the drawn figures with their default margins.
This tells how a verdict depends on the choice of prompts and texts; how it depends on the training itself is
told only by as many candidates as were trained. Candidates that write nothing, or one poem, are taken to
expect what the better one expects: the worst case. Draws are judged by the reader, by the critic and by
ratings alone, in turn.

`refused_share`: of bad candidates (empty, one poem, shuffled labels). `missed_improvement_rate`: really
better candidates that were refused. `false_promotion_rate`: of `--trials` canary trials of two equal
versions, with readers who rate several times and raters who agree, looked at after every rating
(benchmarks/canary_trials.py).
"""

import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.canary_trials import World, shares_of
from benchmarks.gate_candidates import Field, field_of
from benchmarks.report import Figures, options_for, quiet, report, takes_base_cache
from generation.base_models import prepare_base
from retrain.gate import Margins, judge
from retrain.series import Measured, Series

_EXPECTED = {"perplexity", "bits_per_byte_liked", "bits_per_byte_human", "contrast", "preference_accuracy"}
_WITHOUT: tuple[set[str], ...] = (set(), {"score"}, {"score", "liking"})  # Judged by reader, critic, ratings.


def drawn(candidate: Measured, champion: Measured, random: np.random.Generator) -> tuple[Measured, Measured]:
    """Another examination of both: items drawn with replacement, the same for everything measured on them."""
    chosen: dict[tuple[str, ...], list[int]] = {}

    def redrawn(series: Series) -> Series:
        size = len(series.items)
        places = chosen.setdefault(series.items, random.integers(0, size, size).tolist())
        return Series(
            series.metric,
            tuple(f"{i}" for i in range(size)),
            tuple(series.parts[place] for place in places),
            tuple(series.weights[place] for place in places),
            series.logarithmic,
        )

    return (
        {name: redrawn(series) for name, series in candidate.items()},
        {name: redrawn(series) for name, series in champion.items()},
    )


def refused(candidates: list[Measured], champions: list[Measured], draws: int, seed: int) -> float:
    """Share of draws in which the gate refuses."""
    random, pairs = np.random.default_rng(seed), cycle(zip(cycle(candidates), champions, strict=False))
    count = 0
    for number in range(draws):
        candidate, champion = next(pairs)
        without = _WITHOUT[number // len(champions) % len(_WITHOUT)]
        ours, theirs = drawn(_less(candidate, without), _less(champion, without), random)
        count += not judge(ours, theirs, Margins()).passed
    return count / draws


def _less(measured: Measured, without: set[str]) -> Measured:
    return {name: series for name, series in measured.items() if name not in without}


def gate_figures(field: Field, draws: int, shuffled: int, better: int, say: Callable[[str], None]) -> Figures:
    champions = [field.champion(seed) for seed in (1, 2, 3)]
    say("the base is examined")
    good = [field.trained(seed, shuffled=False) for seed in range(better)]
    say(f"{better} trained on the ratings")
    bad = [field.trained(seed, shuffled=True) for seed in range(shuffled)]
    say(f"{shuffled} trained on shuffled ratings")
    expects = {name: good[0][name] for name in _EXPECTED & good[0].keys()}
    poem = next(example.text for example in field.examples if example.liked)
    kinds = {
        "empty": [expects | field.writing("")],
        "one_poem": [expects | field.writing(poem)],
        "shuffled": bad,
    }
    found = {f"refused_{kind}": refused(of_kind, champions, draws, 1) for kind, of_kind in kinds.items()}
    others = [*champions[1:], champions[0]]
    return {
        "refused_share": sum(found.values()) / len(found),
        **found,
        "equal_promoted_by_gate": 1 - refused(others, champions, draws, 2),
        "missed_improvement_rate": refused(good, champions, draws, 3),
        "score_champion": champions[0]["score"].value,
        "score_better": good[0]["score"].value,
        "score_shuffled": bad[0]["score"].value,
    }


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
    for name, default in (("draws", 400), ("trials", 1000), ("pieces", 144), ("shuffled", 2), ("better", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    torch.set_num_threads(1)  # The cores are the engine's.
    base = prepare_base("smollm2", options.base_cache)

    def say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    with TemporaryDirectory() as models:
        field = field_of(base, Path(models), options.pieces, say)
        figures = gate_figures(field, options.draws, options.shuffled, options.better, say)
    report(figures | canary_figures(options.trials), as_json=options.json)


if __name__ == "__main__":
    main()
