"""Train a candidate on what readers liked, disliked, preferred and wrote: from a pinned base, always anew."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from generation.base_models import Base
from generation.forms import FORMS, Catalogue
from generation.versions import load_model, load_tokenizer
from retrain.arrangement import batches
from retrain.dataset import Dataset
from retrain.frozen_products import freeze_products
from retrain.heldout_curve import Curve, HeldOut, affordable
from retrain.likelihoods import PACKED, Likelihoods
from retrain.loop import Course, Keeping, Loop, Progress
from retrain.methods import adapted
from retrain.objective import loss_of
from retrain.objective_choice import Objective, choose
from retrain.recipe import Recipe
from retrain.remembered_layers import ROOM
from retrain.samples import Unit, units_from, with_references


class NothingFits(ArithmeticError):
    """Raised when no liked piece is short enough to be trained on."""


def train(
    base: Base,
    dataset: Dataset,
    recipe: Recipe,
    device: str,
    progress: Progress,
    forms: Catalogue = FORMS,
    keeping: Keeping | None = None,
    ready: Callable[[], None] = lambda: None,
    heldout: HeldOut | None = None,
    epoch_ended: Callable[[Any], None] = lambda _: None,
) -> tuple[Any, Course]:
    """The base with what was trained in it, and how that went. Raises TrainingDiverged, NothingFits.

    `epoch_ended` is given the model after each epoch, and may raise to stop.
    """
    objective = choose(dataset.counts, recipe.objective).objective
    tokenizer = load_tokenizer(base)
    units = _units(tokenizer, dataset, objective, recipe, forms)
    recipe = recipe.for_pieces(sum(map(len, units)))
    torch.manual_seed(recipe.seed)  # The adapter's first weights are drawn at random.
    bare = load_model(base, device, training_dtype(device, recipe))
    plan = [batches(units, recipe, epoch) for epoch in range(recipe.epochs)]
    model = adapted(bare, recipe, sum(map(len, plan)))
    freeze_products(model)
    curve = _curve(model, tokenizer, heldout, units, recipe, forms)
    if curve is not None:
        curve.begin()
    likelihoods = Likelihoods(model, ROOM)
    if objective != "sft":
        units = with_references(units, reference_likelihoods(likelihoods, model, units, ready))

    def at_end(course: Course) -> bool:
        epoch_ended(model)
        return curve.at_end(course) if curve is not None else False

    loop = Loop(
        model,
        recipe,
        lambda epoch: batches(units, recipe, epoch),
        lambda batch: loss_of(*likelihoods(batch), batch, objective, recipe),
        progress,
        at_end=at_end,
        keeping=keeping,
        ready=ready,
    )
    return model, loop.run()


def _units(
    tokenizer: PreTrainedTokenizerBase,
    dataset: Dataset,
    objective: Objective,
    recipe: Recipe,
    forms: Catalogue,
) -> list[Unit]:
    """Raises NothingFits."""
    units = units_from(tokenizer, dataset, objective, recipe.longest, forms)
    if not any(sample.liked and sample.part != "written" for unit in units for sample in unit):
        raise NothingFits(f"every liked piece has more than {recipe.longest} tokens")
    return units


def _curve(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    heldout: HeldOut | None,
    learned: Sequence[Unit],
    recipe: Recipe,
    forms: Catalogue,
) -> Curve | None:
    """On the liked pieces of what is held out, in an order that has nothing to do with time or taste."""
    if heldout is None:
        return None
    liked = sorted((e for e in heldout.examples if e.liked), key=lambda e: e.text_sha256)
    units = units_from(tokenizer, Dataset(tuple(liked)), "sft", recipe.longest, forms)
    # Perplexity is that of the text itself, not of a drawing at some temperature.
    plain = [tuple(replace(sample, temperature=1.0) for sample in unit) for unit in units]
    return Curve(model, affordable(plain, learned, recipe.epochs), recipe.batch, heldout.show)


def training_dtype(device: str, recipe: Recipe) -> torch.dtype:
    """bfloat16 where matrix units multiply it. Elsewhere it only saves memory, and float32 trains faster.

    Full weights are float32 everywhere: a small step would be lost between two numbers of bfloat16.
    """
    if recipe.method == "full":
        return torch.float32
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if torch.cpu.get_capabilities().get("amx_bf16") else torch.float32


@torch.no_grad()
def reference_likelihoods(
    likelihoods: Likelihoods,
    model: Any,
    units: Sequence[Unit],
    ready: Callable[[], None] = lambda: None,
) -> list[float]:
    """What the base makes of each completion, in the samples' order."""
    model.eval()
    samples = [sample for unit in units for sample in unit]
    order = sorted(range(len(samples)), key=lambda i: (samples[i].group, len(samples[i])))
    found: dict[int, float] = {}
    with _bare(model):
        for start in range(0, len(order), PACKED):
            ready()
            numbers = order[start : start + PACKED]
            values, _ = likelihoods([samples[i] for i in numbers])
            found |= dict(zip(numbers, values.tolist(), strict=True))
    return [found[i] for i in range(len(samples))]


def _bare(model: Any) -> AbstractContextManager[object]:
    """Without the adapter: a fresh one changes nothing yet, but has to be computed."""
    return model.disable_adapter() if isinstance(model, PeftModel) else nullcontext()
