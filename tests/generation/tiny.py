"""Tiny random models whose logits differ from token to token."""

from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerBase

from generation.versions import LoadedVersion, ready

WORDS = 49_152  # Of the real tokenizer, so that texts are texts.
SIZES: dict[str, Any] = {"vocab_size": WORDS, "hidden_size": 32, "num_hidden_layers": 2}
GROUPED: dict[str, Any] = SIZES | {
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 48,
}


def bare_llama(seed: int = 3, dtype: torch.dtype = torch.float32) -> Any:
    """No tokenizer, and as small as can be: for what is done to weights."""
    torch.manual_seed(seed)
    model: Any = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2
        )
    )
    return model.to(dtype).eval()


def tiny_model(config: Any, seed: int = 11) -> Any:
    """The same one for the same configuration and seed."""
    torch.manual_seed(seed)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(4)
    return model


def tiny_version(name: str, config: Any, tokenizer: PreTrainedTokenizerBase, seed: int = 11) -> LoadedVersion:
    return ready(name, tiny_model(config, seed), tokenizer)


def tiny_llama(name: str, tokenizer: PreTrainedTokenizerBase, seed: int) -> LoadedVersion:
    return tiny_version(name, LlamaConfig(**GROUPED), tokenizer, seed)
