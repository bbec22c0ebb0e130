"""All that a training carries from step to step, as tensors by name: weights, optimizer, chance."""

from collections.abc import Mapping
from typing import Any

import torch

from retrain.methods import restore_scores, scores_in, trained_in
from retrain.optimizers import Optimizers

_CHANCE = "chance/cpu"
_CHANCE_CUDA = "chance/cuda"


def state_of(model: Any, optimizers: Optimizers) -> dict[str, torch.Tensor]:
    """Safe to write down: nothing of it is shared with the model."""
    found = {f"weights/{name}": parameter.detach().clone() for name, parameter in trained_in(model).items()}
    for name, parameter in trained_in(model).items():
        for optimizer in optimizers:
            for key, value in optimizer.state.get(parameter, {}).items():
                found[f"optimizer/{key}/{name}"] = value.detach().clone()
    found |= {f"scores/{name}": value.detach().clone() for name, value in scores_in(model).items()}
    found[_CHANCE] = torch.get_rng_state()
    if model.device.type == "cuda":
        found[_CHANCE_CUDA] = torch.cuda.get_rng_state(model.device)
    return found


@torch.no_grad()
def restore(model: Any, optimizers: Optimizers, state: Mapping[str, torch.Tensor]) -> None:
    """Raises KeyError, RuntimeError if the state is of another model."""
    for name, parameter in trained_in(model).items():
        parameter.copy_(state[f"weights/{name}"])
        kept = _under("optimizer/", f"/{name}", state)
        if kept:
            _owner(optimizers, parameter).state[parameter] = {
                # The count of steps stays on the CPU, as the optimizer wants it.
                key: value.clone() if key == "step" else value.to(parameter.device)
                for key, value in kept.items()
            }
    restore_scores(
        model,
        {
            key.removeprefix("scores/"): value.to(model.device)
            for key, value in state.items()
            if key.startswith("scores/")
        },
    )
    torch.set_rng_state(state[_CHANCE])
    if model.device.type == "cuda":
        torch.cuda.set_rng_state(state[_CHANCE_CUDA], model.device)


def _owner(optimizers: Optimizers, parameter: torch.nn.Parameter) -> torch.optim.Optimizer:
    return next(
        optimizer
        for optimizer in optimizers
        if any(parameter is one for group in optimizer.param_groups for one in group["params"])
    )


def _under(start: str, end: str, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """By what stands between start and end, which holds no slash itself."""
    return {
        key[len(start) : -len(end)]: value
        for key, value in state.items()
        if key.startswith(start) and key.endswith(end) and "/" not in key[len(start) : -len(end)]
    }
