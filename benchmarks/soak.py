"""What the engine holds after thousands of requests: it must not grow.

    python -m benchmarks.soak [--json] [--requests 10000] [--base-cache .rhapsode/base]

A tiny random model with the real tokenizer, so that the engine's own work is most of it; texts of all
lengths, a tenth of them cancelled.
"""

import random
from pathlib import Path

import psutil
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from benchmarks.report import options_for, report, takes_base_cache
from generation.base_models import prepare_base
from generation.engine import WritingRequest
from generation.local_engine import LocalEngine
from generation.sampling import Sampling
from generation.versions import load_tokenizer, ready

_AT_ONCE = 64


def resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / (1 << 20)


def soak(base_cache: Path, requests: int) -> dict[str, float]:
    tokenizer = load_tokenizer(prepare_base("smollm2", base_cache))
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
    )
    model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    engine = LocalEngine(ready("tiny", model.eval(), tokenizer))
    draw = random.Random(3)  # noqa: S311 - a workload, not a secret.
    ended, warm = 0, 0.0
    for start in range(0, requests, _AT_ONCE):
        tickets = []
        for seed in range(start, min(start + _AT_ONCE, requests)):
            words = "rain " * draw.randint(1, 120)
            messages = WritingRequest(
                [{"role": "user", "content": words}], seed, draw.randint(1, 30), Sampling()
            )
            tickets.append(engine.submit(messages))
            if draw.random() < 0.1:
                tickets[-1].cancel()
        ended += sum(ticket.result() is not None for ticket in tickets)
        if start <= requests // 10 < start + _AT_ONCE:
            warm = resident_mb()
    growth = resident_mb() - warm
    engine.close()
    return {"requests": requests, "lost": requests - ended, "rss_growth_mb": growth}


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    takes_base_cache(parser)
    options = parser.parse_args()
    figures = soak(options.base_cache, options.requests)
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()
