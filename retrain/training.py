"""Train a LoRA candidate on the pieces that readers liked: a plain loop over a pinned base."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from math import ceil, cos, isfinite, pi
from random import Random
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from generation.base_models import Base
from generation.perplexity import pad
from generation.prompts import messages_for, render_example
from generation.versions import load_model, load_tokenizer
from retrain.config import Recipe
from retrain.dataset import Example

Progress = Callable[[int, int, float], None]  # Step, steps, loss.


class TrainingDiverged(Exception):
    """Raised when the loss is no longer a number: nothing of such a run is kept."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One piece as tokens. A weight of 1 is that of the average piece."""

    prompt: list[int]
    completion: list[int]
    weight: float

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


def train(
    base: Base, examples: Sequence[Example], recipe: Recipe, device: str, progress: Progress
) -> PeftModel:
    """A fresh adapter on the base, trained on the liked examples. Raises TrainingDiverged."""
    samples = samples_from(load_tokenizer(base), examples, recipe.longest)
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


def samples_from(
    tokenizer: PreTrainedTokenizerBase, examples: Sequence[Example], longest: int
) -> list[Sample]:
    """The liked examples as the writer would have met them, without those of more than `longest` tokens."""
    liked = [example for example in examples if example.liked]
    mean = sum(example.weight for example in liked) / max(1, len(liked))
    samples = [
        Sample(*render_example(tokenizer, messages_for(*example.asked), example.text), example.weight / mean)
        for example in liked
    ]
    return [sample for sample in samples if len(sample) <= longest]


def fit(model: PeftModel, samples: Sequence[Sample], recipe: Recipe, progress: Progress) -> None:
    """Change the model's adapter so that the samples become likelier, on completion tokens only."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.learning_rate, weight_decay=0.0)
    steps = recipe.epochs * ceil(len(samples) / recipe.batch)
    model.train()
    for step, batch in enumerate(_batches(samples, recipe), start=1):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * schedule(step, steps)
        loss = _loss(model, batch)
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


def _batches(samples: Sequence[Sample], recipe: Recipe) -> Iterator[list[Sample]]:
    """Every sample once an epoch, those of like length together, in an order that only the seed decides."""
    random = Random(recipe.seed)  # noqa: S311 - an order, no secret.
    for _ in range(recipe.epochs):
        shuffled = sorted(random.sample(samples, len(samples)), key=lambda s: len(s) // recipe.bucket)
        batches = [shuffled[start : start + recipe.batch] for start in range(0, len(shuffled), recipe.batch)]
        yield from random.sample(batches, len(batches))


def _loss(model: Any, batch: Sequence[Sample]) -> torch.Tensor:
    """Weighted mean negative log-likelihood per completion token."""
    core = model.get_base_model()
    device = core.device
    ids, labels, mask = (t.to(device) for t in pad([(sample.prompt, sample.completion) for sample in batch]))
    weights = torch.tensor([[sample.weight] for sample in batch], device=device)
    targets = labels[:, 1:]
    wanted = targets >= 0
    half = torch.autocast(core.device.type, torch.bfloat16) if core.dtype == torch.bfloat16 else nullcontext()
    with half:
        hidden = core.model(input_ids=ids, attention_mask=mask).last_hidden_state
        # The vocabulary is the dearest layer, so only the places that are learned from meet it.
        logits = core.lm_head(hidden[:, :-1][wanted])
    losses = cross_entropy(logits.float(), targets[wanted], reduction="none")
    return (losses * weights.expand_as(targets)[wanted]).sum() / wanted.sum()
