"""Low-rank adapters added to a model's weights directly (Hu et al. 2021, arXiv:2106.09685).

PEFT builds the whole adapted model for it, layer by layer in Python: a second under the interpreter's lock,
in which the writing beside it waits. This is a few tensor operations per layer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from math import sqrt
from typing import Any

import torch
from peft import LoraConfig, PeftConfig
from peft.tuners.tuners_utils import check_target_module_exists
from torch import nn

Weights = Mapping[str, torch.Tensor]

_PREFIX = "base_model.model."  # Of the names in an adapter's file.
# What is regarded here, and what does not change the weights. All else has to be as it is by default.
_UNDERSTOOD = frozenset(
    {"r", "lora_alpha", "use_rslora", "init_lora_weights", "lora_dropout"}
    | {"target_modules", "exclude_modules"}
)
_SAY_NOTHING = frozenset(
    {"task_type", "peft_type", "inference_mode", "base_model_name_or_path", "revision"}
    | {"auto_mapping", "peft_version"}
)


def plain_layers(model: Any, config: PeftConfig) -> dict[str, nn.Linear] | None:
    """The layers that the adapter adds s·B·A to, by name; None if it does anything else, or elsewhere."""
    if type(config) is not LoraConfig or not _as_by_default(config):
        return None
    if config.target_modules is None:
        return None
    found = {
        name: module for name, module in model.named_modules() if check_target_module_exists(config, name)
    }
    output = model.get_output_embeddings()  # Its weights may be those of the input, too.
    linear = {
        name: module for name, module in found.items() if type(module) is nn.Linear and module is not output
    }
    return linear if linear and len(linear) == len(found) else None


def shapes_wanted(layers: Mapping[str, nn.Linear], config: LoraConfig) -> dict[str, torch.Size]:
    """Of the tensors in the adapter's file, by name."""
    inner = {_a(name): torch.Size((config.r, layer.in_features)) for name, layer in layers.items()}
    return inner | {_b(name): torch.Size((layer.out_features, config.r)) for name, layer in layers.items()}


@torch.no_grad()
def add_adapter(
    layers: Mapping[str, nn.Linear], config: LoraConfig, weights: Weights, dtype: torch.dtype
) -> Iterator[str]:
    """Each layer gets W + s·B·A, multiplied in float32 and rounded once, as weights of its own. Names it."""
    scale = config.lora_alpha / (sqrt(config.r) if config.use_rslora else config.r)
    largest = max((layer.weight for layer in layers.values()), key=torch.Tensor.numel)
    # One place for all sums: memory that is new each time is paid for by those that write.
    room = torch.empty(largest.numel(), device=largest.device)
    for name, layer in layers.items():
        merged = room[: layer.weight.numel()].view(layer.weight.shape).copy_(layer.weight)
        merged.addmm_(weights[_b(name)].to(merged), weights[_a(name)].to(merged), alpha=scale)
        layer.weight = nn.Parameter(merged.to(dtype, copy=True), requires_grad=False)
        yield name


def _as_by_default(config: LoraConfig) -> bool:
    plain = LoraConfig()
    names = [field.name for field in fields(LoraConfig) if field.name not in _UNDERSTOOD | _SAY_NOTHING]
    return all(getattr(config, name) == getattr(plain, name) for name in names)


def _a(name: str) -> str:
    return f"{_PREFIX}{name}.lora_A.weight"


def _b(name: str) -> str:
    return f"{_PREFIX}{name}.lora_B.weight"
