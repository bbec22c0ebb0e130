"""Train a LoRA candidate on rated pieces: a plain loop over a pinned base."""

from collections.abc import Callable, Sequence
from math import ceil, cos, isfinite, pi

import torch
from peft import LoraConfig, PeftModel, get_peft_model

from generation.base_models import Base
from generation.forms import FORMS, Catalogue
from generation.versions import load_model, load_tokenizer
from retrain.config import Recipe
from retrain.dataset import Example
from retrain.objective import Likelihoods, imitation, preference
from retrain.samples import Sample, batches, samples_from, with_references

Progress = Callable[[int, int, float], None]  # Step, steps, loss.


class TrainingDiverged(ArithmeticError):
    """Raised when the loss is no longer a number: nothing of such a run is kept."""


class NothingFits(ArithmeticError):
    """Raised when no liked piece is short enough to be trained on."""


def train(
    base: Base,
    examples: Sequence[Example],
    recipe: Recipe,
    device: str,
    progress: Progress,
    forms: Catalogue = FORMS,
) -> PeftModel:
    """A fresh adapter on the base, trained on the rated examples. Raises TrainingDiverged, NothingFits."""
    samples = samples_from(load_tokenizer(base), examples, recipe.longest, forms)
    if not any(sample.liked for sample in samples):
        raise NothingFits(f"every liked piece has more than {recipe.longest} tokens")
    torch.manual_seed(recipe.seed)  # The adapter's first weights are drawn at random.
    model = load_model(base, device, training_dtype(device))
    adapted = get_peft_model(
        model,
        LoraConfig(
            r=recipe.rank, lora_alpha=2 * recipe.rank, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
    )
    fit(adapted, samples, recipe, progress)
    return adapted


def training_dtype(device: str) -> torch.dtype:
    """bfloat16 where matrix units multiply it. Elsewhere it only saves memory, and float32 trains faster."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if torch.cpu.get_capabilities().get("amx_bf16") else torch.float32


def fit(model: PeftModel, samples: Sequence[Sample], recipe: Recipe, progress: Progress) -> None:
    """Change the model's adapter by what was liked and disliked; by imitation if nothing was disliked."""
    beta = recipe.beta if any(not sample.liked for sample in samples) else 0.0
    likelihoods = Likelihoods(model)
    if beta:
        samples = with_references(samples, reference_likelihoods(likelihoods, model, samples, recipe))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.learning_rate, weight_decay=0.0)
    steps = recipe.epochs * ceil(len(samples) / recipe.batch)
    model.train()
    for step, batch in enumerate(batches(samples, recipe), start=1):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * schedule(step, steps)
        loss = _loss(likelihoods(batch), batch, beta, recipe.imitation)
        value = float(loss.detach())
        if not isfinite(value):
            raise TrainingDiverged(f"the loss was {value} at step {step} of {steps}")
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, recipe.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        progress(step, steps, value)
    model.eval()


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate at a step from 1: up over the first tenth, then a cosine down to a tenth."""
    warm = max(1, steps // 10)
    if step <= warm:
        return step / warm
    return 0.1 + 0.45 * (1 + cos(pi * (step - warm) / max(1, steps - warm)))


@torch.no_grad()
def reference_likelihoods(
    likelihoods: Likelihoods, model: PeftModel, samples: Sequence[Sample], recipe: Recipe
) -> list[float]:
    """What the base makes of each completion, in the samples' order: a fresh adapter changes nothing yet."""
    model.eval()
    order = sorted(range(len(samples)), key=lambda i: samples[i].group)
    found: dict[int, float] = {}
    for start in range(0, len(order), recipe.batch):
        numbers = order[start : start + recipe.batch]
        values, _ = likelihoods([samples[i] for i in numbers])
        found |= dict(zip(numbers, values.tolist(), strict=True))
    return [found[i] for i in range(len(samples))]


def _loss(
    found: tuple[torch.Tensor, torch.Tensor], batch: Sequence[Sample], beta: float, imitated: float
) -> torch.Tensor:
    likelihoods, tokens = found
    copied = imitation(likelihoods, tokens, batch)
    return preference(likelihoods, batch, beta) + imitated * copied if beta else copied
