"""A candidate goes the way that it has learned as far as neither language nor variety suffers."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from peft import IA3Config, LoraConfig, get_peft_model

from generation.base_models import Base
from generation.forms import FORMS
from generation.perplexity import surprises
from generation.versions import load_model, load_tokenizer
from retrain.reach import State, Texts, bearable, go_as_far, texts_of
from retrain.recipe import Recipe
from tests.retrain.rows import example
from tests.retrain.small import poems

LORA: dict[str, Any] = {"r": 4, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
FREE = Recipe(reach=1.5, forgetting=1e6, sharpening=1.0)


@pytest.fixture
def texts(small_base: Base) -> Texts:
    pieces = [example(number, text=poem.text) for number, poem in enumerate(poems(40))]
    return texts_of(load_tokenizer(small_base), [poem.text for poem in poems(12)], pieces, FORMS)


def unlearning(base: Base, texts: Texts, rate: float = 0.1) -> Any:
    """A model that has gone the way in which human text becomes less likely."""
    torch.manual_seed(2)
    model = get_peft_model(load_model(base, "cpu", torch.float32), LoraConfig(**LORA)).eval()
    for before, text in texts.human:
        ids = torch.tensor([[*before, *text]])
        model(input_ids=ids, labels=ids).loss.backward()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".lora_B." in name and weight.grad is not None:
                weight.add_(rate * weight.grad)
    return model


def outer(model: Any) -> torch.Tensor:
    weights = (w for name, w in model.named_parameters() if ".lora_B." in name)
    return torch.cat([weight.detach().flatten().clone() for weight in weights])


def nats(model: Any, texts: Texts) -> float:
    return sum(one.nats for one in surprises(model, texts.human))


@pytest.mark.parametrize(
    ("recipe", "reach"),
    [
        (FREE, 1.5),
        (replace(FREE, reach=1.3), 1.25),
        (replace(FREE, reach=1.0), 1.0),
        (replace(FREE, forgetting=0.0), 1.0),  # Not even what was trained is free: it stays as it is.
        (replace(FREE, sharpening=-1.0), 1.0),
    ],
)
def test_it_goes_farther_unless_that_costs_too_much(
    small_base: Base, texts: Texts, recipe: Recipe, reach: float
) -> None:
    model = unlearning(small_base, texts)
    before = outer(model)
    assert go_as_far(model, texts, recipe) == reach
    assert torch.equal(outer(model), reach * before)


def test_it_goes_as_far_as_what_it_may_cost(small_base: Base, texts: Texts) -> None:
    costs = {}
    for reach in (1.25, 1.375):
        free = unlearning(small_base, texts, rate=0.1 * reach)
        with free.disable_adapter():
            base = nats(free, texts)
        costs[reach] = nats(free, texts) / base - 1
    assert 0 < costs[1.25] < costs[1.375]
    between = replace(FREE, forgetting=(costs[1.25] + costs[1.375]) / 2)
    assert go_as_far(unlearning(small_base, texts), texts, between) == 1.25


@pytest.mark.parametrize(
    ("candidate", "bears"),
    [
        (State(102.0, 2.8), True),
        (State(90.0, 3.5), True),
        (State(103.0, 3.0), False),
        (State(100.0, 2.6), False),
        (State(float("nan"), 3.0), False),
    ],
)
def test_what_is_borne_is_a_little_of_either(candidate: State, bears: bool) -> None:
    assert bearable(candidate, State(100.0, 3.0), Recipe()) == bears


@pytest.mark.parametrize("how", ["dora", "ia3", "full"])
def test_what_goes_no_straight_way_stays_as_it_was_trained(small_base: Base, texts: Texts, how: str) -> None:
    model: Any = load_model(small_base, "cpu", torch.float32)
    if how == "dora":
        model = get_peft_model(model, LoraConfig(**LORA, use_dora=True))
    elif how == "ia3":
        model = get_peft_model(model, IA3Config(target_modules=["q_proj"], feedforward_modules=[]))
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    assert go_as_far(model, texts, FREE) == 1.0
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def test_without_human_text_or_pieces_it_stays_as_it_was_trained(small_base: Base, texts: Texts) -> None:
    model = unlearning(small_base, texts)
    assert go_as_far(model, replace(texts, human=[]), FREE) == 1.0
    assert go_as_far(model, replace(texts, pieces=[]), FREE) == 1.0
