"""The weights of a version folder, put into a copy of its base: an adapter merged, or full weights."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import AdaLoraConfig, IA3Config, LoraConfig, PeftConfig, PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig

from generation.base_copy import own_weights
from generation.base_models import Base
from generation.lora_merge import add_adapter, plain_layers, shapes_wanted
from generation.out_of_memory import out_of_memory
from generation.refusal import RefusedVersion, of_this_machine, refusing
from generation.version_kinds import FULL

_ADAPTER = "adapter_model.safetensors"
_WEIGHTS = "model.safetensors"
_UNFIT = "its adapter does not fit the base model"
_TOO_LARGE = "its adapter makes weights that are not finite"


def of_this_device(error: Exception) -> bool:
    """Also if torch has no memory, or its device is in error."""
    return isinstance(error, torch.AcceleratorError) or out_of_memory(error) or of_this_machine(error)


def put_into(model: Any, kind: str, folder: Path) -> Iterator[str]:
    """Put the version's weights into a copy that shares the base's. Raises RefusedVersion.

    What is still to be done is done layer by layer as they are asked for, by name.
    """
    return (_replaced if kind == FULL else _merged)(model, folder)


def kind_of(model: Any) -> str:
    """What a trained model is: full weights, or the kind of its adapter."""
    if not isinstance(model, PeftModel):
        return FULL
    config = model.peft_config["default"]
    if isinstance(config, AdaLoraConfig):
        return "adalora"
    if isinstance(config, IA3Config):
        return "ia3"
    if isinstance(config, LoraConfig):
        return "dora" if config.use_dora else "rslora" if config.use_rslora else "lora"
    raise TypeError(f"{type(config).__name__} is no adapter that is known here")


def save_into(folder: Path, model: Any, base: Base, base_called: str) -> None:
    """Write what was trained, without a path of this machine."""
    if not isinstance(model, PeftModel):
        _save_full(folder, model, base)
        return
    config = model.peft_config["default"]
    # A folder's path would make one adapter two artifacts on two machines, and tell where it was made.
    config.base_model_name_or_path = base_called
    if isinstance(config, AdaLoraConfig):
        config.rank_pattern = (
            None  # Ranks that were given up are zeros already; cut out, shapes would differ.
        )
    # Left to itself, peft asks the hub for the base's configuration.
    model.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    _put_in_order(folder / "adapter_config.json")


def _put_in_order(config: Path) -> None:
    """PEFT lists layers as a set gives them, in another order in every process: one adapter, many hashes."""
    values = json.loads(config.read_text(encoding="utf-8"))
    ordered = {name: sorted(value) if _is_names(value) else value for name, value in values.items()}
    config.write_text(json.dumps(ordered, indent=2, sort_keys=True), encoding="utf-8")


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _save_full(folder: Path, model: Any, base: Base) -> None:
    dtype = AutoConfig.from_pretrained(str(base.folder)).dtype or torch.float32
    weights = {name: value.to("cpu", dtype).contiguous() for name, value in _own_weights(model).items()}
    save_file(weights, folder / _WEIGHTS, metadata={"format": "pt"})


def _own_weights(model: Any) -> dict[str, torch.Tensor]:
    """Every weight once: tied ones under the first of their names."""
    found: dict[int, str] = {}
    state: dict[str, torch.Tensor] = model.state_dict()
    for name, value in state.items():
        found.setdefault(value.data_ptr(), name)
    return {name: state[name] for name in found.values()}


def _replaced(model: Any, folder: Path) -> Iterator[str]:
    weights = _read(folder, _WEIGHTS, "weights")
    wanted = _shapes_of(_own_weights(model))
    _must_fit(weights, wanted, folder, "its weights do not fit the base model")
    # Tied weights have one name here and two in the model.
    own_weights(model).load_state_dict(weights, strict=False)
    return iter(())


def _merged(model: Any, folder: Path) -> Iterator[str]:
    """Add the adapter's weights. We check names, shapes and numbers; peft does not."""
    weights = _read(folder, _ADAPTER, "adapter")
    with refusing(folder.name, "its adapter cannot be read", of_this_device):
        config = PeftConfig.from_pretrained(str(folder))
        if (layers := plain_layers(model, config)) is not None:
            _must_fit(weights, shapes_wanted(layers, config), folder, _UNFIT)
            return _seen_finite(add_adapter(layers, config, weights, model.dtype), layers, folder)
        adapted = PeftModel(own_weights(model), config, low_cpu_mem_usage=True)
        kind_of(adapted)
    fitting = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    _must_fit(weights, _shapes_of(fitting), folder, _UNFIT)
    adapted.load_adapter(str(folder), adapter_name="default", low_cpu_mem_usage=True)
    try:
        adapted.merge_and_unload(safe_merge=True).eval()
    except ValueError as error:
        raise RefusedVersion(folder.name, _TOO_LARGE) from error
    return iter(())


def _seen_finite(changed: Iterator[str], layers: Mapping[str, nn.Linear], folder: Path) -> Iterator[str]:
    """What finite numbers multiply to may be none, and torch's attention lets that pass unseen.

    The extremes tell, for NaN is both of them: a pass over the weights, where `isfinite` of each takes many.
    """
    for name in changed:
        extremes = torch.stack(layers[name].weight.detach().aminmax())
        if not bool(torch.isfinite(extremes).all()):
            raise RefusedVersion(folder.name, _TOO_LARGE)
        yield name


def _read(folder: Path, file: str, called: str) -> dict[str, torch.Tensor]:
    with refusing(folder.name, f"its {called} cannot be read", of_this_device):
        weights: dict[str, torch.Tensor] = load_file(folder / file)
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        why = f"its {called} {'holds' if called == 'adapter' else 'hold'} numbers that are not finite"
        raise RefusedVersion(folder.name, why)
    return weights


def _must_fit(
    weights: dict[str, torch.Tensor], wanted: dict[str, torch.Size], folder: Path, why: str
) -> None:
    if _shapes_of(weights) != wanted:
        raise RefusedVersion(folder.name, why)


def _shapes_of(weights: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}
