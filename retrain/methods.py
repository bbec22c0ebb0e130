"""What of a model is trained: all of it, or one of the adapters that PEFT knows."""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import torch
from peft import AdaLoraConfig, IA3Config, LoraConfig, PeftConfig, PeftModel, get_peft_model
from peft.utils.constants import TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING as _KNOWN_TO_IA3
from torch import nn
from transformers.pytorch_utils import Conv1D

from retrain.layer_stack import lower_layers
from retrain.recipe import Method, Recipe

ADAPTERS: tuple[str, ...] = tuple(name for name in get_args(Method) if name != "full")
_SCORES = ("ipt", "exp_avg_ipt", "exp_avg_unc")  # What AdaLoRA has found each rank to be worth.


def adapted(model: Any, recipe: Recipe, steps: int) -> Any:
    """The model with what the method trains set to be trained. `steps`: of the whole training."""
    if recipe.method == "full":
        return model.requires_grad_(True)
    return get_peft_model(model, _CONFIGS[recipe.method](model, recipe, steps))


def _lora(**how: Any) -> Callable[[Any, Recipe, int], PeftConfig]:
    def config(model: Any, recipe: Recipe, _: int) -> PeftConfig:
        still = lower_layers(model, recipe.layers)
        places = _everywhere(model) | ({"exclude_modules": still} if still else {})
        return LoraConfig(r=recipe.rank, lora_alpha=2 * recipe.rank, **places, **how)

    return config


def _adalora(model: Any, recipe: Recipe, steps: int) -> PeftConfig:
    """Begins with half as many ranks again; `rank` for each layer is shared out until two thirds are done."""
    return AdaLoraConfig(
        init_r=recipe.rank + recipe.rank // 2,
        target_r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        tinit=steps // 10,
        tfinal=steps // 3,
        total_step=max(1, steps),
        **_everywhere(model),
    )


def _ia3(model: Any, _: Recipe, __: int) -> PeftConfig:
    """Where PEFT knows the architecture it knows the places; elsewhere every layer's outputs are scaled."""
    if model.config.model_type in _KNOWN_TO_IA3:
        return IA3Config(task_type="CAUSAL_LM", fan_in_fan_out=_turned(model))
    return IA3Config(feedforward_modules=[], **_everywhere(model))


_CONFIGS: dict[str, Callable[[Any, Recipe, int], PeftConfig]] = {
    "lora": _lora(),
    "rslora": _lora(use_rslora=True),
    "dora": _lora(use_dora=True),
    "adalora": _adalora,
    "ia3": _ia3,
}


def _everywhere(model: Any) -> dict[str, Any]:
    return {"target_modules": "all-linear", "task_type": "CAUSAL_LM", "fan_in_fan_out": _turned(model)}


def _turned(model: Any) -> bool:
    """GPT-2 stores its weights the other way round."""
    return any(isinstance(module, Conv1D) for module in model.modules())


def trained_in(model: Any) -> dict[str, nn.Parameter]:
    """What is trained, by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def penalty(model: Any) -> torch.Tensor | float:
    """AdaLoRA's ranks are to stand at right angles to each other, so that one can be dropped for itself."""
    allocator = _allocator(model)
    if allocator is None:
        return 0.0
    matrices = [
        p if "lora_A" in name else p.T
        for name, p in trained_in(model).items()
        if "lora_A" in name or "lora_B" in name
    ]
    apart = [torch.linalg.norm(m @ m.T - torch.eye(len(m), device=m.device)) for m in matrices]
    return float(allocator.peft_config["default"].orth_reg_weight) * torch.stack(apart).mean()


def after_step(model: Any, step: int) -> None:
    """AdaLoRA shares its ranks out anew, by the gradients of the step from 1 that was just taken."""
    if (allocator := _allocator(model)) is not None:
        allocator.update_and_allocate(step)


def scores_in(model: Any) -> dict[str, torch.Tensor]:
    """What a method knows beside its weights and must know again to go on; by name."""
    allocator = _allocator(model)
    if allocator is None:
        return {}
    ranks = allocator.rankallocator
    found = {f"{kind}/{name}": value for kind in _SCORES for name, value in getattr(ranks, kind).items()}
    pattern = allocator.peft_config["default"].rank_pattern or {}
    return found | {f"pattern/{name}": torch.tensor(kept) for name, kept in pattern.items()}


def restore_scores(model: Any, scores: dict[str, torch.Tensor]) -> None:
    allocator = _allocator(model)
    if allocator is None:
        return
    for kind in _SCORES:
        setattr(allocator.rankallocator, kind, dict(_of_kind(scores, kind)))
    pattern = {name: value.tolist() for name, value in _of_kind(scores, "pattern")}
    allocator.peft_config["default"].rank_pattern = pattern or None


def _of_kind(scores: dict[str, torch.Tensor], kind: str) -> Iterator[tuple[str, torch.Tensor]]:
    for key, value in scores.items():
        if key.startswith(f"{kind}/"):
            yield key.removeprefix(f"{kind}/"), value


def _allocator(model: Any) -> Any:
    inner = getattr(model, "base_model", None)
    return inner if isinstance(model, PeftModel) and hasattr(inner, "rankallocator") else None
