"""How surprised a model is by texts: exp of the mean negative log-likelihood per completion token."""

from collections.abc import Sequence
from math import exp, inf
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from generation.prompts import ChatMessage, render_example

_IGNORED = -100


@torch.inference_mode()
def perplexity(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[tuple[list[ChatMessage], str]],
    batch: int = 8,
) -> float:
    """Perplexity of the texts given their prompts, weighted by tokens; NaN if there are none."""
    examples = sorted(
        (render_example(tokenizer, *pair) for pair in pairs), key=lambda e: len(e[0]) + len(e[1])
    )
    loss, tokens = 0.0, 0
    for start in range(0, len(examples), batch):
        ids, labels, mask = pad(examples[start : start + batch])
        logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
        targets = labels[:, 1:].to(model.device)
        loss += float(
            cross_entropy(
                logits[:, :-1].float().flatten(0, 1),
                targets.flatten(),
                ignore_index=_IGNORED,
                reduction="sum",
            )
        )
        tokens += int((targets != _IGNORED).sum())
    if not tokens:
        return float("nan")
    mean = loss / tokens
    return exp(mean) if mean < 700 else inf


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
