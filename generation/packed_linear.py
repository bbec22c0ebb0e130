"""Linear layers whose weights are laid out once for the CPU's bfloat16 products, not anew at every call."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

import structlog
import torch
from torch import nn

from generation.steady_products import most_rows

log = structlog.get_logger(__name__)

# `torch.compile` reaches oneDNN's ahead-of-time layout through these operators; eager mode has no public name
# for them, so `pack_linears` tries them before it trusts them.
_reorder: Any = getattr(torch.ops.mkldnn, "_reorder_linear_weight", None)
_product: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
_ROWS = 16  # Texts at once that the layout is made for; others work as well.


class PackedLinear(nn.Module):
    """Computes what the linear layer did, with oneDNN's own weight layout. For reading only.

    `rows`: so many rows of inputs at once is what the layout is best for. `most`: of more they are taken in
    parts of so many.
    """

    def __init__(self, linear: nn.Linear, rows: int = _ROWS, most: int | None = None) -> None:
        super().__init__()
        weight = linear.weight.detach()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self._packed = _reorder(weight.clone(), rows)
        self._bias = linear.bias
        self._most = most

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self._most is None or inputs.shape[-2] <= self._most:
            return self._whole(inputs)
        parts = torch.split(inputs, self._most, dim=-2)
        return torch.cat([self._whole(part) for part in parts], dim=-2)

    def _whole(self, inputs: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = _product(inputs, self._packed, self._bias, "none", [], "")
        return output


class PackedOnce:
    """The packed layers of a base model: versions with its weights share them, while there are any."""

    def __init__(self, base: Any) -> None:
        self._base = base  # Else other weights could come to lie where its own lay.
        self._of_base = {weight.data_ptr() for weight in base.parameters()}
        self._packed: WeakValueDictionary[int, PackedLinear] = WeakValueDictionary()

    def layer(self, linear: nn.Linear) -> PackedLinear:
        """The layer, packed: now, if its weights are its own."""
        if any(weight.data_ptr() not in self._of_base for weight in linear.parameters()):
            return _in_parts(linear)
        place = linear.weight.data_ptr()
        packed = self._packed.get(place)
        if packed is None:
            packed = self._packed[place] = _in_parts(linear)
        return packed


def _in_parts(linear: nn.Linear) -> PackedLinear:
    """So that a row comes to the same whatever other rows are beside it."""
    return PackedLinear(linear, most=_most(linear.weight.dtype))


def pack_linears(model: Any, once: PackedOnce) -> Iterator[str]:
    """Pack every plain linear layer, if that is of use here, and name it. The numbers stay the same."""
    linear = [name for name, module in model.named_modules() if type(module) is nn.Linear]
    for name in linear:
        pack_linear(model, name, once)
        yield name


@torch.inference_mode()
def pack_linear(model: Any, name: str, once: PackedOnce) -> None:
    if model.device.type == "cpu" and model.dtype == torch.bfloat16 and packs(model.dtype):
        model.set_submodule(name, once.layer(model.get_submodule(name)))


@cache
def _most(dtype: torch.dtype) -> int | None:
    return most_rows(_packed, dtype)


def _packed(weight: torch.Tensor) -> PackedLinear:
    outputs, inputs = weight.shape
    linear = nn.Linear(inputs, outputs, bias=False, dtype=weight.dtype)
    linear.weight = nn.Parameter(weight, requires_grad=False)
    return PackedLinear(linear)


@cache
def packs(dtype: torch.dtype) -> bool:
    """Does that work here, with the same numbers?"""
    linear = nn.Linear(48, 32, dtype=dtype)
    inputs = torch.linspace(-1, 1, 3 * 48).view(3, 48).to(dtype)
    try:
        same = torch.equal(PackedLinear(linear)(inputs), linear(inputs))
    except (RuntimeError, AttributeError, TypeError) as error:
        log.debug("linear layers stay as they are", error=str(error))
        return False
    return same
