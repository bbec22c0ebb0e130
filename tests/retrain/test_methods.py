"""Every method ends in a version that the writer loads, and merging changes nothing."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from generation.base_models import Base
from generation.forms import FORMS
from generation.versions import base_name, load_model, load_tokenizer, load_version, write_version
from retrain.arrangement import batches
from retrain.checkpoints import Checkpoints
from retrain.corpus_training import Teaching, lesson_from
from retrain.loop import Keeping
from retrain.methods import ADAPTERS, adapted, trained_in
from retrain.optimizers import optimizers_for
from retrain.recipe import RATES, UPPER, Method, Recipe, rate_of
from tests.retrain.small import grow_small_base, grow_turned_base, small_corpus

METHODS: tuple[Method, ...] = get_args(Method)
PROMPT = torch.arange(4, 40)[None]


class Killed(Exception):
    """Stands for a kill -9 in the middle of a training."""


def recipe_of(method: Method) -> Recipe:
    return Recipe(method=method, rank=4, epochs=2, batch=8, learning_rate=5 * RATES[method], longest=256)


def teach(base: Base, recipe: Recipe, checkpoints: Checkpoints, kill_at: int = 0) -> Any:
    """Train until the end, or until a step is killed."""
    lesson = lesson_from(load_tokenizer(base), small_corpus(), recipe, FORMS)
    torch.manual_seed(recipe.seed)
    steps = sum(len(batches(lesson.train, recipe, epoch)) for epoch in range(recipe.epochs))
    model = adapted(load_model(base, "cpu", torch.float32), recipe, steps)

    def progress(step: int, _: int, __: float) -> None:
        if step == kill_at:
            raise Killed

    Teaching(model, lesson, recipe, 0, Keeping(checkpoints, every=0), progress).run()
    return model


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def either_base(
    request: pytest.FixtureRequest, small_base: Base, tmp_path_factory: pytest.TempPathFactory
) -> Base:
    return small_base if request.param == "llama" else grow_turned_base(tmp_path_factory.mktemp("turned"))


@pytest.fixture(scope="module")
def narrow_base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """As the default model's, its file is in bfloat16."""
    return grow_small_base(tmp_path_factory.mktemp("narrow"), torch.bfloat16)


def merged_and_unmerged(method: Method, base: Base, folder: Path) -> tuple[torch.Tensor, torch.Tensor, str]:
    """Logits of a trained model as it is loaded and as it was trained, and the kind of its version."""
    with torch.enable_grad():
        model = teach(base, recipe_of(method), Checkpoints(folder / "kept", "x"))
    unmerged = model(input_ids=PROMPT).logits
    written = write_version(folder, model=model, base=base, parent=base_name(base), lineage={}, metrics={})
    merged = load_version(folder, written.name, base, "cpu", torch.float32).model
    return merged(input_ids=PROMPT).logits, unmerged, written.kind


@pytest.mark.parametrize("method", METHODS)
@torch.no_grad()
def test_a_version_writes_as_what_was_trained(method: Method, either_base: Base, tmp_path: Path) -> None:
    merged, unmerged, kind = merged_and_unmerged(method, either_base, tmp_path)
    plain = load_model(either_base, "cpu", torch.float32)
    assert kind == method
    assert float((merged - unmerged).abs().max()) <= 3e-7
    assert float((plain(input_ids=PROMPT).logits - unmerged).abs().max()) > 1e-3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("layers", "lowest"), [(1.0, 0), (0.5, 1), (0.01, 1)])
def test_only_the_upper_layers_learn_where_a_method_can_leave_the_others(
    method: Method, layers: float, lowest: int, either_base: Base
) -> None:
    recipe = replace(recipe_of(method), layers=layers)
    model = adapted(load_model(either_base, "cpu", torch.float32), recipe, 8)
    numbers = [re.search(r"\.(?:layers|h)\.(\d)\.", name) for name in trained_in(model)]
    assert min(int(found[1]) for found in numbers if found) == (lowest if method in UPPER else 0)


@pytest.mark.parametrize(
    ("method", "layers", "rate"), [("lora", 1.0, 4e-4), ("dora", 0.25, 8e-4), ("full", 0.25, 4e-5)]
)
def test_a_step_is_as_long_whatever_share_of_the_layers_learns(
    method: Method, layers: float, rate: float
) -> None:
    assert rate_of(method, layers) == pytest.approx(rate)


@pytest.mark.parametrize("method", ADAPTERS)
@torch.no_grad()
def test_an_adapter_is_merged_in_float32_into_a_base_in_bfloat16(
    method: Method, narrow_base: Base, tmp_path: Path
) -> None:
    merged, unmerged, _ = merged_and_unmerged(method, narrow_base, tmp_path)
    assert float((merged - unmerged).abs().max()) <= 3e-7


@pytest.mark.parametrize(
    "recipe",
    [*map(recipe_of, METHODS), replace(recipe_of("full"), optimizer="muon")],
    ids=[*METHODS, "full by muon"],
)
def test_a_training_that_is_killed_goes_on_as_if_nothing_had_been(
    recipe: Recipe, small_base: Base, tmp_path: Path
) -> None:
    unkilled = trained_in(teach(small_base, recipe, Checkpoints(tmp_path / "a", "x")))
    for step in (1, 4, 7):
        with pytest.raises(Killed):
            teach(small_base, recipe, Checkpoints(tmp_path / "b", "x"), kill_at=step)
    resumed = trained_in(teach(small_base, recipe, Checkpoints(tmp_path / "b", "x")))
    assert resumed.keys() == unkilled.keys()
    assert all(torch.equal(resumed[name], value) for name, value in unkilled.items())


def test_muon_moves_the_matrices_between_layers_and_adamw_all_else(either_base: Base) -> None:
    model = load_model(either_base, "cpu", torch.float32)
    muon, adamw = optimizers_for(model, replace(recipe_of("full"), optimizer="muon"))
    moved, others = (
        [parameter for group in one.param_groups for parameter in group["params"]] for one in (muon, adamw)
    )
    assert (type(muon), type(adamw)) == (torch.optim.Muon, torch.optim.AdamW)
    assert {parameter.ndim for parameter in moved} == {2}
    assert not any(parameter is model.get_input_embeddings().weight for parameter in moved)
    assert {parameter.ndim for parameter in others} == {1, 2}  # The embeddings, and the norms' weights.
    assert {id(parameter) for parameter in moved + others} == {id(one) for one in model.parameters()}


def test_a_version_that_was_kept_before_the_kill_is_not_kept_twice(small_base: Base, tmp_path: Path) -> None:
    model = teach(small_base, recipe_of("lora"), Checkpoints(tmp_path / "kept", "x"))
    parent = base_name(small_base)
    first, again = (
        write_version(tmp_path, model=model, base=small_base, parent=parent, lineage={}, metrics={})
        for _ in range(2)
    )
    assert first == again
    assert [folder.name for folder in tmp_path.glob("v*")] == [first.name]


def test_what_is_of_another_recipe_is_not_gone_on_with(small_base: Base, tmp_path: Path) -> None:
    recipe = recipe_of("lora")
    with pytest.raises(Killed):
        teach(small_base, recipe, Checkpoints(tmp_path, "x"), kill_at=3)
    seen = Checkpoints(tmp_path, "y")
    other = trained_in(teach(small_base, replace(recipe, seed=1), seen))
    alone = trained_in(teach(small_base, replace(recipe, seed=1), Checkpoints(tmp_path / "z", "y")))
    assert all(torch.equal(other[name], value) for name, value in alone.items())
