"""Products with weights that are not trained, in bfloat16 both ways, while all else stays float32.

A training of adapters spends most of its time on weights that it leaves alone. Processors that multiply
bfloat16, but have no matrix units for it, gain nothing from a model that is bfloat16 throughout; with the
weights laid out once for these products, forward and backward, they gain a good part of a step. The writer
computes these products in the same way.
"""

from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from torch import nn

from generation.packed_linear import PackedLinear, packs
from generation.versions import default_dtype
from retrain.layer_stack import still_layers

_ROWS = 512  # Tokens at once that the layout is made for.


class FrozenLinear(nn.Module):
    """What the linear layer computes, rounded to bfloat16. Its weights get no gradient, its inputs do.

    `back`: whether anything below it learns.
    """

    def __init__(self, linear: nn.Linear, back: bool = True) -> None:
        super().__init__()
        self.weight = linear.weight.requires_grad_(False)
        weight = linear.weight.detach().bfloat16()
        bias = linear.bias.detach().bfloat16() if linear.bias is not None else None
        self._there = PackedLinear(weight, bias, _ROWS)
        self._back = PackedLinear(weight.t().contiguous(), rows=_ROWS) if back else None

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = _Product.apply(inputs, self._there, self._back)  # type: ignore[no-untyped-call]
        return output


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, inputs: torch.Tensor, there: PackedLinear, back: PackedLinear | None
    ) -> torch.Tensor:
        ctx.back = back
        output: torch.Tensor = there(inputs.bfloat16())
        return output.to(inputs.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (gradient,) = gradients
        return ctx.back(gradient.bfloat16()).to(gradient.dtype), None, None


def freeze_products(model: Any) -> None:
    """Below every plain LoRA layer of the model and in layers that learn nothing, if that is of use here."""
    if model.device.type != "cpu" or model.dtype != torch.float32 or not gains():
        return
    for layer in model.modules():
        if (
            isinstance(layer, LoraLinear)
            and type(layer.base_layer) is nn.Linear
            and not any(layer.use_dora.values())
        ):
            layer.base_layer = FrozenLinear(layer.base_layer)
    for still in still_layers(model):
        _freeze_linears(still)


def _freeze_linears(layer: nn.Module) -> None:
    for part in list(layer.modules()):
        for name, child in part.named_children():
            if type(child) is nn.Linear:
                setattr(part, name, FrozenLinear(child, back=False))


def gains() -> bool:
    """Does the CPU multiply bfloat16 itself? oneDNN would else do it by way of float32, more slowly."""
    return default_dtype("cpu") == torch.bfloat16 and packs(torch.bfloat16)
