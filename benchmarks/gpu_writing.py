"""How fast the engine writes on a GPU, beside its peers, with the default model or one of any shape.

    python -m benchmarks.gpu_writing [--json] [--device cuda] [--config config.json] [--cache-mb 16384]
        [--base-cache .rhapsode/base]

`--config` is the config.json of a model: it is built with random weights, which cost as much as real ones,
and reads the default model's tokens. All texts are asked for at once, greedy, 24 to 160 tokens each. Ours and
transformers' continuous batching write them once before they are timed: both record what they then replay.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerBase

from benchmarks import peers
from benchmarks.readers import Wish, ask_all, wishes_of
from benchmarks.report import Figures, options_for, quiet, report, takes_base_cache
from benchmarks.writing import rate, tokens_of
from generation.base_models import prepare_base
from generation.local_engine import LocalEngine
from generation.versions import LoadedVersion, default_dtype, load_model, load_tokenizer, ready

_READERS = (1, 16, 64)


def shaped(config: Path, device: str, dtype: torch.dtype) -> Any:
    """A model of this shape with random weights."""
    torch.manual_seed(0)
    shape: Any = AutoConfig.from_pretrained(config)
    with torch.device(device):
        model: Any = AutoModelForCausalLM.from_config(shape, dtype=dtype)  # type: ignore[no-untyped-call]
    return model.eval()


def ours(version: LoadedVersion, wishes: Sequence[Wish], readers: int, cache_bytes: int) -> float:
    """Useful tokens a second."""
    engine = LocalEngine(version, max_batch=max(_READERS), cache_bytes=cache_bytes)
    ask_all(engine, wishes, readers)
    seen = ask_all(engine, wishes, readers)
    engine.close()
    return rate(seen, wishes)


def beside_peers(model: Any, tokenizer: PreTrainedTokenizerBase, cache_bytes: int) -> Figures:
    """The peers first: continuous batching does not take a model with our attention."""
    wishes = [replace(wish, arrives=0.0) for wish in wishes_of(max(_READERS))]
    first, some = wishes[:1], wishes[:16]
    theirs = {
        "continuous_16": tokens_of(some) / peers.continuous(model, tokenizer, some),
        "continuous_64": tokens_of(wishes) / peers.continuous(model, tokenizer, wishes),
        "dense_16": tokens_of(some) / peers.dense(model, tokenizer, some),
        "serial_1": tokens_of(first) / peers.serial(model, tokenizer, first),
    }
    version = replace(ready("measured", model, tokenizer), end_tokens=frozenset())
    rates = {f"tokens_per_second_{n}": ours(version, wishes[:n], n, cache_bytes) for n in _READERS}
    ratios = {
        f"ratio_vs_{name}": rates[f"tokens_per_second_{name.split('_')[1]}"] / rate
        for name, rate in theirs.items()
    }
    return rates | {f"{name}_tokens_per_second": rate for name, rate in theirs.items()} | ratios


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N; cpu to try it")
    parser.add_argument("--config", type=Path, help="config.json of the model; without: the default model")
    parser.add_argument("--cache-mb", type=int, default=16_384)
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    base = prepare_base("smollm2", options.base_cache)
    device, dtype = options.device, default_dtype(options.device)
    model = shaped(options.config, device, dtype) if options.config else load_model(base, device, dtype)
    report(beside_peers(model, load_tokenizer(base), options.cache_mb << 20), as_json=options.json)


if __name__ == "__main__":
    main()
