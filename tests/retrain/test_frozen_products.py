"""Products with frozen weights are rounded, and teach the same."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from retrain.frozen_products import FrozenLinear, freeze_products, gains
from retrain.layer_stack import still_layers
from retrain.methods import adapted, trained_in
from retrain.recipe import Recipe
from tests.generation.tiny import bare_llama

TOKENS = torch.tensor([[3, 1, 2, 30, 8]])

pytestmark = pytest.mark.skipif(not gains(), reason="this processor does not multiply bfloat16 in the layout")


@pytest.mark.parametrize("bias", [True, False])
def test_a_frozen_layer_computes_what_its_layer_does_and_passes_gradients_on(bias: bool) -> None:
    torch.manual_seed(1)
    linear = nn.Linear(48, 32, bias=bias)
    inputs, other = (torch.linspace(-1, 1, 5 * 48).view(5, 48).requires_grad_() for _ in range(2))
    found, expected = FrozenLinear(linear)(inputs), linear(other)
    assert torch.allclose(found, expected, atol=0.01)
    for output in (found, expected):
        torch.autograd.backward(output.square().sum())
    assert inputs.grad is not None
    assert other.grad is not None
    assert torch.allclose(inputs.grad, other.grad, atol=0.03)


def test_layers_that_learn_nothing_are_rounded_too_and_need_no_way_back() -> None:
    torch.manual_seed(2)
    model = adapted(bare_llama(), Recipe(rank=2, layers=0.5), 8)
    expected = model(TOKENS).logits
    freeze_products(model)
    assert not any(type(part) is nn.Linear for layer in still_layers(model) for part in layer.modules())
    assert float(torch.cosine_similarity(model(TOKENS).logits.flatten(), expected.flatten(), dim=0)) > 0.999
    torch.autograd.backward(model(TOKENS, labels=TOKENS).loss)
    assert all(weight.grad is not None for weight in trained_in(model).values())


def test_what_is_trained_gets_nearly_the_same_gradients() -> None:
    gradients = []
    for freezes in (True, False):
        torch.manual_seed(2)
        model = get_peft_model(
            bare_llama(), LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
        )
        if freezes:
            freeze_products(model)
            assert any(isinstance(module, FrozenLinear) for module in model.modules())
        torch.autograd.backward(model(TOKENS, labels=TOKENS).loss)
        trained = [weight.grad for weight in model.parameters() if weight.requires_grad]
        gradients.append(torch.cat([gradient.flatten() for gradient in trained if gradient is not None]))
    found, expected = gradients
    assert found.shape == expected.shape
    assert float(torch.cosine_similarity(found, expected, dim=0)) > 0.999


def test_other_adapters_keep_their_layers() -> None:
    model = get_peft_model(bare_llama(), LoraConfig(r=2, target_modules="all-linear", use_dora=True))
    freeze_products(model)
    assert not any(isinstance(module, FrozenLinear) for module in model.modules())
