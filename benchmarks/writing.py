"""How fast the engine writes, beside its peers, on the same wishes in one run.

    python -m benchmarks.writing [--json] [--only speed,...] [--base-cache .rhapsode/base]

Useful tokens are those that were wished for; every text is greedy and as long as its reader wants. `serial`
is transformers' `generate` for one text after another, `dense` for 16 at once, as long as the longest;
`continuous` is transformers' own continuous batching. A ratio compares both on exactly the same wishes: 64 of
them for 16 and 64 readers, the first three for one reader, the first 16 for `continuous`.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import torch

from benchmarks import peers
from benchmarks.first_token import alone_beside_reading, crowd_beside_plain_admission
from benchmarks.overhead import overhead
from benchmarks.readers import Seen, Wish, ask_all, long_wish, watch, wishes_of
from benchmarks.report import Figures, options_for, percentile, quiet, report, takes_base_cache
from benchmarks.rounding import perplexity_delta
from generation.base_models import Base, prepare_base
from generation.cores import CORES, on_cores
from generation.local_engine import LocalEngine
from generation.versions import (
    LoadedVersion,
    base_name,
    default_dtype,
    load_model,
    load_tokenizer,
    load_version,
)

_ROUNDS = 2


def rate(seen: Sequence[Seen], wishes: Sequence[Wish]) -> float:
    """Useful tokens per second, from the first question to the last answer."""
    taken = max(one.grew[-1] for one in seen) - min(one.asked for one in seen)
    return sum(wish.tokens for wish in wishes) / taken


def with_engine(version: LoadedVersion, wishes: Sequence[Wish], readers: int) -> list[Seen]:
    """An engine of its own for each measurement: between two, the peers have the cores to themselves."""
    engine = LocalEngine(version, threads=CORES)
    watch(engine, replace(wishes[0], tokens=8, arrives=0.0))  # Warm.
    seen = ask_all(engine, wishes, readers)
    engine.close()
    return seen


def long_prefill(version: LoadedVersion) -> Figures:
    """The gaps between two tokens of seven short texts while 1,500 prompt tokens are read beside them: their
    95th percentile, as a multiple of the median gap before. Also: how many there were."""
    engine = LocalEngine(version, threads=CORES)
    short = [replace(wish, tokens=160, arrives=0.0) for wish in wishes_of(7)]
    late = replace(long_wish(1000), arrives=4.0)
    seen = ask_all(engine, [*short, late], 8, every=0.0)
    engine.close()
    read = (seen[-1].asked, seen[-1].grew[0])
    calm = [g for one in seen[:-1] for g, at in zip(one.gaps, one.grew[1:], strict=True) if at < read[0]]
    busy = [
        g for one in seen[:-1] for g, at in zip(one.gaps, one.grew[1:], strict=True) if read[0] < at < read[1]
    ]
    return {
        "decode_gap_ratio_long_prefill": percentile(busy, 95) / median(calm),
        "decode_gaps_long_prefill": float(len(busy)),
    }


def speed(base: Base, version: LoadedVersion) -> Figures:
    """Ours and the peers take turns, because a machine is not equally fast all the time."""
    tokenizer, model = load_tokenizer(base), load_model(base, "cpu", default_dtype("cpu"))
    many = wishes_of(64)
    few = [replace(wish, arrives=0.0) for wish in many[:3]]
    batches = [many[at : at + 16] for at in range(0, len(many), 16)]
    rates: dict[str, list[float]] = defaultdict(list)
    serial: dict[int, float] = {}  # Seconds of each wish by itself.
    ttft: list[float] = []
    for turn in range(_ROUNDS):
        seen = with_engine(version, few, 1)
        rates["1"].append(rate(seen, few))
        ttft += [one.first for one in seen]
        for number in range(turn, len(many), _ROUNDS):
            serial[number] = on_cores(0, partial(peers.serial, model, tokenizer, [many[number]]))
        rates["16"].append(rate(with_engine(version, many, 16), many))
        dense = [on_cores(0, partial(peers.dense, model, tokenizer, batch)) for batch in batches]
        rates["dense"].append(tokens_of(many) / sum(dense))
    seen = with_engine(version, many, 64)
    rates["64"].append(rate(seen, many))
    plain = crowd_beside_plain_admission(version, many, seen)
    first = [replace(wish, arrives=0.0) for wish in many[:16]]
    rates["16_at_once"].append(rate(with_engine(version, first, 16), first))
    taken = on_cores(0, partial(peers.continuous, model, tokenizer, first))
    rates["continuous"].append(tokens_of(first) / taken)
    rates["serial_few"].append(tokens_of(few) / sum(serial[number] for number in range(len(few))))
    rates["serial"].append(tokens_of(many) / sum(serial.values()))
    llama = peers.llama_cpp(tokenizer, few)
    if llama is not None:
        rates["llama_cpp"].append(tokens_of(few) / llama)
    return (
        ratios(rates)
        | plain
        | {
            "ttft_p50_ms_1": 1000 * median(ttft),
            "ttft_p99_ms_64": 1000 * percentile([one.first for one in seen], 99),
        }
    )


def tokens_of(wishes: Sequence[Wish]) -> int:
    return sum(wish.tokens for wish in wishes)


def ratios(rates: dict[str, list[float]]) -> Figures:
    """Medians over the rounds. Each wish is written by `serial` once, in turns with ours."""
    middle = {name: median(values) for name, values in rates.items()}
    figures = {f"tokens_per_second_{name}": value for name, value in middle.items()}
    figures["ratio_vs_serial_1"] = middle["1"] / middle["serial_few"]
    figures |= {f"ratio_vs_serial_{n}": middle[n] / middle["serial"] for n in ("16", "64")}
    figures["ratio_vs_dense_16"] = median(a / b for a, b in zip(rates["16"], rates["dense"], strict=True))
    figures["ratio_vs_continuous_16"] = middle["16_at_once"] / middle["continuous"]
    return figures


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--only", default="speed,prefill,first,rounding,overhead", help="parts, with commas")
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    torch.set_num_threads(1)  # The cores are the engine's and the peers', in turns.
    base = prepare_base("smollm2", options.base_cache)
    loaded = load_version(options.base_cache, base_name(base), base, "cpu", default_dtype("cpu"))
    endless = replace(loaded, end_tokens=frozenset())
    parts: dict[str, Callable[[], Figures]] = {
        "speed": lambda: speed(base, endless),
        "prefill": lambda: long_prefill(endless),
        "first": lambda: alone_beside_reading(endless),
        "rounding": lambda: perplexity_delta(base, loaded),
        "overhead": lambda: overhead(options.base_cache),
    }
    figures: Figures = {}
    for name in options.only.split(","):
        figures |= parts[name]()
        gc.collect()
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()
