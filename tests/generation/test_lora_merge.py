"""A low-rank adapter is added to the weights as PEFT would add it, without building the adapted model."""

from typing import Any

import pytest
import torch
from peft import IA3Config, LoraConfig, PeftConfig, get_peft_model, get_peft_model_state_dict
from transformers import GPT2Config, GPT2LMHeadModel

from generation.lora_merge import add_adapter, plain_layers, shapes_wanted
from retrain.methods import adapted
from retrain.recipe import Method, Recipe
from tests.generation.tiny import bare_llama

TARGETS = ["q_proj", "mlp.down_proj"]


def lora(**changes: Any) -> LoraConfig:
    settings: dict[str, Any] = {"r": 4, "lora_alpha": 7, "target_modules": TARGETS}
    settings["init_lora_weights"] = False
    return LoraConfig(**(settings | changes))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "config",
    [lora(), lora(use_rslora=True), lora(exclude_modules=r"model\.layers\.0\..*")],
    ids=["lora", "rslora", "upper layers"],
)
def test_the_weights_are_those_that_peft_merges(config: LoraConfig, dtype: torch.dtype) -> None:
    by_peft = get_peft_model(bare_llama(dtype=dtype), config)
    weights = get_peft_model_state_dict(by_peft)
    model = bare_llama(dtype=dtype)
    layers = plain_layers(model, config)
    assert layers is not None
    assert {name: value.shape for name, value in weights.items()} == shapes_wanted(layers, config)
    assert list(add_adapter(layers, config, weights, dtype)) == list(layers)
    merged = by_peft.merge_and_unload().state_dict()
    # To one rounding: not every CPU adds s·B·A as it adds B·A, multiplied by s.
    once, near_zero = torch.finfo(dtype).eps, 2 * torch.finfo(torch.float32).eps
    torch.testing.assert_close(dict(model.state_dict()), dict(merged), rtol=once, atol=near_zero)


@pytest.mark.parametrize("method", ["lora", "rslora"])
def test_what_a_training_on_ratings_makes_is_added_so_and_leaves_the_lower_layers_alone(
    method: Method,
) -> None:
    trained = adapted(bare_llama(), Recipe(method=method), steps=1)
    layers = plain_layers(bare_llama(), trained.peft_config["default"])
    assert layers is not None
    assert {name.split(".")[2] for name in layers} == {"1"}  # Of two.


@pytest.mark.parametrize(
    "config",
    [
        lora(use_dora=True),
        lora(rank_pattern={"q_proj": 2}),
        lora(modules_to_save=["lm_head"]),
        lora(target_modules="all-linear"),
        lora(target_modules=["lm_head"]),
        lora(target_modules=["embed_tokens"]),
        lora(target_modules=["nowhere"]),
        lora(bias="all"),
        IA3Config(target_modules=TARGETS, feedforward_modules=[]),
    ],
    ids=["dora", "ranks", "module", "all-linear", "lm_head", "embed_tokens", "nowhere", "bias", "ia3"],
)
def test_whatever_else_an_adapter_does_is_left_to_peft(config: PeftConfig) -> None:
    assert plain_layers(bare_llama(), config) is None


def test_layers_that_keep_their_weights_transposed_are_left_to_peft() -> None:
    model = GPT2LMHeadModel(GPT2Config(vocab_size=40, n_embd=16, n_layer=1, n_head=2))
    assert plain_layers(model, lora(target_modules=["c_attn"])) is None
