"""Copies of a base model that share its weights: a version needs memory for what it changes only."""

import copy
from functools import lru_cache
from typing import Any, Literal

import torch
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from generation.base_models import Base
from generation.packed_linear import PackedOnce, may_pack


def load_model(base: Base, device: str, dtype: torch.dtype | Literal["auto"]) -> Any:
    """The base model, with weights of its own. `auto`: as in its file."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model: Any = AutoModelForCausalLM.from_pretrained(
        str(base.folder),
        dtype=dtype,
        use_safetensors=True,
        trust_remote_code=False,
    )
    return model.to(device).eval()


def sharing_copy(base: Base, device: str, dtype: torch.dtype) -> Any:
    """The base model with the weights of every other such copy: to be replaced, never changed in place.

    A tenth of the time that transformers takes, most of it under the interpreter's lock. Layers that are to
    be packed (`packed_linear.py`) may still be narrower than `dtype`: until then the copy is not to be run.
    """
    model = _kept(base, device, dtype)
    shared = {id(weight): nn.Parameter(weight.data, weight.requires_grad) for weight in model.parameters()}
    return copy.deepcopy(model, shared)


def own_weights(model: Any) -> Any:
    """The same copy, free to be changed."""
    for weight in model.parameters():
        weight.data = weight.data.to(model.dtype, copy=True)
    return model


@lru_cache(maxsize=1)
def _kept(base: Base, device: str, dtype: torch.dtype) -> Any:
    """The one whose weights copies share, with its norms out of the file that weights are mapped from. A
    kilobyte that is read there at every step brings up to 2 MB around it into memory: layers, which were laid
    out anew (`packed_linear.py`)."""
    model = load_model(base, device, dtype)
    if dtype == torch.float32 and may_pack(model.device, dtype):
        _map_what_is_packed(model, load_model(base, device, "auto"))
    for weight in model.parameters():
        if weight.dim() == 1:
            weight.data = weight.data.clone()
    return model


def _map_what_is_packed(model: Any, as_in_file: Any) -> None:
    """Give up the weights of layers that will be packed where those in the file are narrower: they are mapped
    from there, and would else be in memory twice."""
    looked_up = model.get_input_embeddings().weight  # The last layer's weights may be these.
    for name, layer in model.named_modules():
        if type(layer) is nn.Linear and layer.weight is not looked_up:
            narrow = as_in_file.get_submodule(name).weight
            if narrow.element_size() < layer.weight.element_size():
                layer.weight.data = narrow.data


@lru_cache(maxsize=1)
def packed_once(base: Base, device: str, dtype: torch.dtype) -> PackedOnce:
    """Its layers, packed for all copies."""
    return PackedOnce(_kept(base, device, dtype), dtype)
