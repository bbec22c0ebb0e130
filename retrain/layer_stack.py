"""A decoder's layers from the lowest to the uppermost, and which of them learn."""

import re
from itertools import takewhile
from typing import Any

from torch import nn


def layers_of(model: Any) -> tuple[str, nn.ModuleList] | None:
    """The name of the list that holds them, and they; None if there is no such list."""
    depth = getattr(model.config.get_text_config(), "num_hidden_layers", None)
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return name, module
    return None


def lower_layers(model: Any, share: float) -> str | None:
    """A regular expression of the modules below that share of the layers; None if there are none."""
    found = layers_of(model)
    if found is None:
        return None
    name, layers = found
    below = min(round((1 - share) * len(layers)), len(layers) - 1)  # At least one learns.
    return rf"{re.escape(name)}\.({'|'.join(map(str, range(below)))})\..*" if below else None


def still_layers(model: Any) -> list[nn.Module]:
    """The layers below the lowest one that learns; none if anything but layers learns."""
    found = layers_of(model)
    if found is None:
        return []
    layers = list(found[1])
    learning = {id(p) for p in model.parameters() if p.requires_grad}
    if not learning <= {id(p) for layer in layers for p in layer.parameters()}:
        return []
    return list(takewhile(lambda layer: not any(p.requires_grad for p in layer.parameters()), layers))
