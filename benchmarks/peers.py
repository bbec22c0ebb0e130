"""What others make of the same wishes: transformers' `generate`, its continuous batching, and llama.cpp.

Each returns seconds. All are greedy, on the same model in the same dtype, and write as many tokens as wished.
"""

import importlib.util
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig, PreTrainedTokenizerBase

from benchmarks.readers import Wish
from generation.base_models import bundled_file
from generation.prompts import render


def serial(model: Any, tokenizer: PreTrainedTokenizerBase, wishes: Sequence[Wish]) -> float:
    return sum(dense(model, tokenizer, [wish]) for wish in wishes)


@torch.inference_mode()
def dense(model: Any, tokenizer: PreTrainedTokenizerBase, wishes: Sequence[Wish]) -> float:
    """One call of `generate`, left-padded, as long as the longest text."""
    prompts = [render(tokenizer, wish.messages) for wish in wishes]
    longest = max(map(len, prompts))
    ids = [[0] * (longest - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    most = max(wish.tokens for wish in wishes)
    started = perf_counter()
    on_device = {name: value.to(model.device) for name, value in inputs.items()}
    model.generate(**on_device, do_sample=False, max_new_tokens=most, min_new_tokens=most).tolist()
    return perf_counter() - started


def continuous(model: Any, tokenizer: PreTrainedTokenizerBase, wishes: Sequence[Wish]) -> float:
    """transformers' own continuous batching, with room for all, each as long as wished.

    On a GPU with its own choices (graphs, a batch ahead) in two fifths of the memory, and once to warm up.
    """
    on_gpu = model.device.type == "cuda"
    before = model.config._attn_implementation  # noqa: SLF001 - transformers has a setter only.
    greedy: Any = GenerationConfig
    room: dict[str, Any] = {"num_blocks": 512, "max_batch_tokens": 512}
    if on_gpu:
        room = {"max_memory_percent": 0.4}
    manager = model.init_continuous_batching(
        generation_config=greedy(do_sample=False, eos_token_id=-1, pad_token_id=0, max_new_tokens=160),
        continuous_batching_config=ContinuousBatchingConfig(**room),
    )
    manager.start()
    if on_gpu:
        _answered(manager, tokenizer, wishes)
    taken = _answered(manager, tokenizer, wishes)
    manager.stop(block=True)
    model.set_attn_implementation(before)
    return taken


def _answered(manager: Any, tokenizer: PreTrainedTokenizerBase, wishes: Sequence[Wish]) -> float:
    started = perf_counter()
    for wish in wishes:
        manager.add_request(render(tokenizer, wish.messages), max_new_tokens=wish.tokens)
    left = len(wishes)
    while left:
        result = manager.get_result(timeout=1)
        left -= result is not None and result.is_finished()
    return perf_counter() - started


def llama_cpp(tokenizer: PreTrainedTokenizerBase, wishes: Sequence[Wish]) -> float | None:
    """llama.cpp on the file that the default model comes from (4 bits), one text after the other."""
    if importlib.util.find_spec("llama_cpp") is None:
        return None
    from llama_cpp import Llama  # type: ignore[import-not-found]

    model = Llama(str(bundled_file()), n_ctx=2048, verbose=False)
    started = perf_counter()
    for wish in wishes:
        written = model.generate(render(tokenizer, wish.messages), temp=0.0)
        for _, _ in zip(range(wish.tokens), written, strict=False):
            pass
    return perf_counter() - started
