"""What the engine makes of thousands of requests, and what it holds after them: it must not grow.

    python -m benchmarks.soak [--json] [--requests 2000] [--no-swaps] [--base-cache .rhapsode/base]

Tiny random models with the real tokenizer, so that the engine's own work is most of it; texts of all lengths,
a tenth of them cancelled, and another version after every twentieth request or so. `mixed` counts texts that
their version does not write again from their seed, of those that were `checked`.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerBase

from benchmarks.outcomes import differs_alone, ends_of
from benchmarks.report import options_for, report, takes_base_cache
from generation.base_models import prepare_base
from generation.engine import Ticket, WritingRequest, Written
from generation.local_engine import LocalEngine
from generation.sampling import Sampling
from generation.versions import LoadedVersion, load_tokenizer, ready

_AT_ONCE = 64
_VERSIONS = 3
_CANCELLED, _SWAPPED = 0.1, 0.05  # Of the requests.
_CHECKED = 40

Text = tuple[WritingRequest, Written]


@dataclass(slots=True)
class Soaked:
    """What all requests came to."""

    asked: list[int] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    swaps: int = 0
    warm: float = 0.0  # MB, after a tenth of the requests.


def resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / (1 << 20)


def tiny(name: str, tokenizer: PreTrainedTokenizerBase, seed: int) -> LoadedVersion:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
    )
    model = AutoModelForCausalLM.from_config(config).eval()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(4)  # Else all tokens are about as likely, and all versions write the same.
    return ready(name, model, tokenizer)


def request_of(draw: random.Random, seed: int) -> WritingRequest:
    words = "rain " * draw.randint(1, 120)
    return WritingRequest([{"role": "user", "content": words}], seed, draw.randint(1, 30), Sampling())


def soaked(
    engine: LocalEngine, versions: Sequence[LoadedVersion], requests: int, draw: random.Random
) -> Soaked:
    """So many requests, some at a time, with cancels, and with swaps if there are several versions."""
    found = Soaked()
    for start in range(0, requests, _AT_ONCE):
        tickets: list[tuple[WritingRequest, Ticket]] = []
        for seed in range(start, min(start + _AT_ONCE, requests)):
            request = request_of(draw, seed)
            tickets.append((request, engine.submit(request)))
            found.asked.append(seed)
            if draw.random() < _CANCELLED:
                draw.choice(tickets)[1].cancel()
            if len(versions) > 1 and draw.random() < _SWAPPED:
                engine.install(draw.choice([one for one in versions if one.name != engine.version]))
                found.swaps += 1
        found.texts += [(request, ticket.result()) for request, ticket in tickets]
        if start <= requests // 10 < start + _AT_ONCE:
            found.warm = resident_mb()
    return found


def mixed(texts: Sequence[Text], versions: Mapping[str, LoadedVersion]) -> int:
    return sum(differs_alone(versions[written.version], request, written) for request, written in texts)


def soak(tokenizer: PreTrainedTokenizerBase, requests: int, *, swaps: bool) -> dict[str, float]:
    versions = [tiny(f"tiny{n}", tokenizer, seed=n) for n in range(_VERSIONS if swaps else 1)]
    draw = random.Random(3)  # noqa: S311 - a workload, not a secret.
    engine = LocalEngine(versions[0])
    found = soaked(engine, versions, requests, draw)
    growth = resident_mb() - found.warm
    engine.close()
    ends = ends_of(found.asked, [written.seed for _, written in found.texts])
    whole = [text for text in found.texts if text[1].finish_reason != "cancelled"]
    checked = draw.sample(whole, min(_CHECKED, len(whole)))
    return {
        "requests": requests,
        "lost": ends.lost,
        "duplicated": ends.duplicated,
        "mixed": mixed(checked, {version.name: version for version in versions}),
        "checked": len(checked),
        "cancelled": len(found.texts) - len(whole),
        "swaps": found.swaps,
        "rss_growth_mb": growth,
    }


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--swaps", action=argparse.BooleanOptionalAction, default=True)
    takes_base_cache(parser)
    options = parser.parse_args()
    tokenizer = load_tokenizer(prepare_base("smollm2", options.base_cache))
    report(soak(tokenizer, options.requests, swaps=options.swaps), as_json=options.json)


if __name__ == "__main__":
    main()
