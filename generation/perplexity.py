"""How surprised a model is by texts: exp of the mean negative log-likelihood per completion token."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from generation.prompts import ChatMessage, render_example

_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Surprise:
    """What one text cost a model."""

    nats: float  # Negative log-likelihood of all its tokens.
    tokens: int


def perplexity(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[tuple[list[ChatMessage], str]],
    batch: int = 8,
) -> float:
    """Perplexity of the texts given their prompts, weighted by tokens; NaN if there are none."""
    found = surprises(model, [render_example(tokenizer, *pair) for pair in pairs], batch)
    tokens = sum(one.tokens for one in found)
    if not tokens:
        return float("nan")
    mean = sum(one.nats for one in found) / tokens
    return exp(mean) if mean < 700 else inf


@torch.inference_mode()
def surprises(model: Any, examples: Sequence[tuple[list[int], list[int]]], batch: int = 8) -> list[Surprise]:
    """How surprised a model is by each completion after its prompt, in the order given."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i][0]) + len(examples[i][1]))
    found: dict[int, Surprise] = {}
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        ids, labels, mask = pad([examples[i] for i in chosen])
        logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
        targets = labels[:, 1:].to(model.device)
        wanted = targets != _IGNORED  # The vocabulary is wide: no softmax over it is taken that is not asked.
        losses = cross_entropy(logits[:, :-1][wanted].float(), targets[wanted], reduction="none").double()
        owners = wanted.nonzero()[:, 0]
        nats = losses.new_zeros(len(chosen)).index_add(0, owners, losses).tolist()
        tokens = wanted.sum(1).tolist()
        found |= {i: Surprise(*one) for i, one in zip(chosen, zip(nats, tokens, strict=True), strict=True)}
    return [found[i] for i in range(len(examples))]


def pad(examples: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Right-padded input ids, labels (prompt and padding ignored) and mask, each [examples, longest]."""
    longest = max(len(prompt) + len(completion) for prompt, completion in examples)
    ids, labels, mask = [], [], []
    for prompt, completion in examples:
        room = longest - len(prompt) - len(completion)
        ids.append(prompt + completion + [0] * room)
        labels.append([_IGNORED] * len(prompt) + completion + [_IGNORED] * room)
        mask.append([1] * (longest - room) + [0] * room)
    return torch.tensor(ids), torch.tensor(labels), torch.tensor(mask)
