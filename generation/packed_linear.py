"""Linear layers whose weights are laid out once for the CPU's products, not anew at every call."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

import structlog
import torch
from torch import nn

from generation.steady_products import most_rows, multiple_of_rows

log = structlog.get_logger(__name__)

# `torch.compile` reaches oneDNN's ahead-of-time layout through these operators; eager mode has no public name
# for them, so `pack_linears` tries them before it trusts them.
_reorder: Any = getattr(torch.ops.mkldnn, "_reorder_linear_weight", None)
_product: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
_ROWS = 16  # Texts at once that the layout is made for; others work as well.


class PackedLinear(nn.Module):
    """Computes what a linear layer does, with oneDNN's own weight layout. For reading only.

    `weight`: [outputs, inputs], `bias`: [outputs], of one dtype. `rows`: so many rows of inputs at once is
    what the layout is best for. `most`: of more they are taken in parts of so many.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None = None,
        rows: int = _ROWS,
        most: int | None = None,
    ) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self._packed = _reorder(weight.detach(), rows)
        self._bias = bias.detach() if bias is not None else None
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
    """The packed layers of a base model: versions with its weights share them, while there are any.

    Layers compute in `dtype`; their plain weights may be kept in a narrower one.
    """

    def __init__(self, base: Any, dtype: torch.dtype) -> None:
        self._base = base  # Else other weights could come to lie where its own lay.
        self._dtype = dtype
        self._of_base = {weight.data_ptr() for weight in base.parameters()}
        self._packed: WeakValueDictionary[int, PackedLinear] = WeakValueDictionary()

    @property
    def packs(self) -> bool:
        """Is it of use here?"""
        return may_pack(self._base.device, self._dtype)

    def layer(self, linear: nn.Linear) -> PackedLinear:
        """The layer, packed: now, if its weights are its own."""
        if any(weight.data_ptr() not in self._of_base for weight in linear.parameters()):
            return self._new(linear)
        place = linear.weight.data_ptr()
        packed = self._packed.get(place)
        if packed is None:
            packed = self._packed[place] = self._new(linear)
        return packed

    def _new(self, linear: nn.Linear) -> PackedLinear:
        """In parts, where else a row would not come to the same whatever other rows are beside it."""
        bias = linear.bias.to(self._dtype) if linear.bias is not None else None
        return PackedLinear(linear.weight.to(self._dtype), bias, most=_most(self._dtype))


def pack_linears(model: Any, once: PackedOnce) -> Iterator[str]:
    """Pack every plain linear layer, if that is of use here, and name it. The numbers stay the same, in
    float32 up to rounding."""
    linear = [name for name, module in model.named_modules() if type(module) is nn.Linear]
    for name in linear:
        pack_linear(model, name, once)
        yield name


@torch.inference_mode()
def pack_linear(model: Any, name: str, once: PackedOnce) -> None:
    if once.packs:
        model.set_submodule(name, once.layer(model.get_submodule(name)))


def may_pack(device: torch.device, dtype: torch.dtype) -> bool:
    """Are linear layers packed for that?"""
    return device.type == "cpu" and dtype in (torch.bfloat16, torch.float32) and packs(dtype)


@cache
def packs(dtype: torch.dtype) -> bool:
    """Does that work here, with the same numbers? In float32 also alike for any number of rows: in parts it
    would gain nothing."""
    linear = nn.Linear(48, 32, dtype=dtype)
    inputs = torch.linspace(-1, 1, 3 * 48).view(3, 48).to(dtype)
    rounding = 1e-6 if dtype == torch.float32 else 0.0
    try:
        found = PackedLinear(linear.weight, linear.bias)(inputs)
        same = torch.allclose(found, linear(inputs), rtol=0.0, atol=rounding)
        return same and (dtype != torch.float32 or _most(dtype) is None)
    except (RuntimeError, AttributeError, TypeError) as error:
        log.debug("linear layers stay as they are", error=str(error))
        return False


@cache
def rows_of_float32() -> int:
    """Packed products in float32 round alike for multiples of so many rows."""
    return multiple_of_rows(PackedLinear, torch.float32)


@cache
def _most(dtype: torch.dtype) -> int | None:
    return most_rows(PackedLinear, dtype)
