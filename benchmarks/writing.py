"""How fast the engine writes, beside transformers' own `generate`, on the same prompts and lengths.

    python -m benchmarks.writing [--json] [--readers 16] [--base-cache .rhapsode/base]

Serial runs `generate` for one text after another; dense runs it once for all, as long as the longest text.
Useful tokens are those that were asked for; every text is greedy and as long as its reader wants.
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch

from generation.base_models import prepare_base
from generation.engine import WritingRequest
from generation.local_engine import LocalEngine
from generation.prompts import messages_for, render
from generation.sampling import GREEDY
from generation.versions import LoadedVersion, base_name, default_dtype, load_version

_THEMES = (
    "rain",
    "an old bridge",
    "bread",
    "the first snow",
    "a lighthouse",
    "two cats",
    "a kettle",
    "the tide",
)


@dataclass(frozen=True, slots=True)
class Wish:
    theme: str
    tokens: int


def wishes_of(readers: int) -> list[Wish]:
    """Mixed lengths, 24 to 160 new tokens, the same in every run."""
    draw = random.Random(7)  # noqa: S311 - a workload, not a secret.
    return [Wish(_THEMES[i % len(_THEMES)], draw.randint(24, 160)) for i in range(readers)]


def seconds(run: Callable[[], None]) -> float:
    started = perf_counter()
    run()
    return perf_counter() - started


def ours(engine: LocalEngine, wishes: Sequence[Wish]) -> None:
    tickets = [
        engine.submit(WritingRequest(messages_for("story", wish.theme), 0, wish.tokens, GREEDY))
        for wish in wishes
    ]
    for ticket in tickets:
        ticket.result()


def serial(version: LoadedVersion, wishes: Sequence[Wish]) -> None:
    for wish in wishes:
        dense(version, [wish])


@torch.inference_mode()
def dense(version: LoadedVersion, wishes: Sequence[Wish]) -> None:
    """One call of `generate`, left-padded."""
    prompts = [render(version.tokenizer, messages_for("story", wish.theme)) for wish in wishes]
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    most = max(wish.tokens for wish in wishes)
    version.model.generate(
        ids, attention_mask=mask, do_sample=False, max_new_tokens=most, min_new_tokens=most
    )


def measure(version: LoadedVersion, readers: int) -> dict[str, float]:
    """Tokens per second of ours, and how many times as fast as the peers."""
    endless = LoadedVersion(
        version.name, version.model, version.tokenizer, frozenset(), version.newline_tokens
    )
    wishes = wishes_of(readers)
    tokens = sum(wish.tokens for wish in wishes)
    engine = LocalEngine(endless, max_batch=readers)
    ours(engine, wishes[:1])  # Warm.
    taken = {
        "ours": seconds(lambda: ours(engine, wishes)),
        "serial": seconds(lambda: serial(version, wishes)),
    }
    if readers > 1:
        taken["dense"] = seconds(lambda: dense(version, wishes))
    engine.close()
    figures = {f"tokens_per_second_{readers}": tokens / taken.pop("ours")}
    for peer, time_taken in taken.items():
        figures[f"ratio_vs_{peer}_{readers}"] = figures[f"tokens_per_second_{readers}"] * time_taken / tokens
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--readers", type=int, default=16, help="readers at once, beside one alone")
    parser.add_argument("--base-cache", type=Path, default=Path(".rhapsode/base"))
    options = parser.parse_args()
    base = prepare_base("smollm2", options.base_cache)
    version = load_version(options.base_cache, base_name(base), base, "cpu", default_dtype("cpu"))
    figures = measure(version, 1) | measure(version, options.readers)
    if options.json:
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
        return
    for name, value in figures.items():
        print(f"{name:<24}{value:10.2f}")


if __name__ == "__main__":
    main()
