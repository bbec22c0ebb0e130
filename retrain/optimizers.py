"""What turns gradients into steps: AdamW, and Muon for the matrices of a decoder that begins from nothing."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers.pytorch_utils import Conv1D

from retrain.methods import trained_in
from retrain.recipe import Recipe

Optimizers = Sequence[torch.optim.Optimizer]


def optimizers_for(model: Any, recipe: Recipe) -> Optimizers:
    """Every trained parameter is one optimizer's.

    Muon (Jordan et al. 2024) is for matrices between layers; of embeddings and vectors AdamW knows more. Its
    steps are as long as AdamW's (Liu et al. 2025, arXiv:2502.16982), so that one learning rate fits both.
    """
    trained = list(trained_in(model).values())
    matrices = _matrices_in(model) if recipe.optimizer == "muon" else set[torch.Tensor]()
    rate: dict[str, Any] = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    found: list[torch.optim.Optimizer] = []
    if by_muon := [parameter for parameter in trained if parameter in matrices]:
        found.append(torch.optim.Muon(by_muon, adjust_lr_fn="match_rms_adamw", **rate))
    if others := [parameter for parameter in trained if parameter not in matrices]:
        found.append(torch.optim.AdamW(others, **rate))
    return found


def _matrices_in(model: Any) -> set[torch.Tensor]:
    layers = [module for module in model.modules() if isinstance(module, torch.nn.Linear | Conv1D)]
    output = model.get_output_embeddings()
    return {layer.weight for layer in layers if layer is not output and layer.weight.ndim == 2}
