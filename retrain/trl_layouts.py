"""A dataset in the column layouts of TRL's trainers, as conversations: what our own trainer learns from."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from generation.forms import Catalogue
from generation.turns import without_system
from retrain.asking import asked_of, conversation
from retrain.dataset import Asked, Dataset, Example

Row = dict[str, Any]
_Layout = Callable[[Dataset, Catalogue], Iterator[Row]]


def sft(dataset: Dataset, forms: Catalogue) -> Iterator[Row]:
    """`prompt`, `completion`: what is liked, the own versions of readers among it."""
    for example in dataset.examples:
        if example.liked:
            yield {"prompt": conversation(forms, example.asked), "completion": _said(example.text)}


def messages(dataset: Dataset, forms: Catalogue) -> Iterator[Row]:
    """`messages`: the same as whole conversations, and the texts of people as answers to their titles."""
    for row in sft(dataset, forms):
        yield {"messages": [*row["prompt"], *row["completion"]]}
    for text in dataset.replay:
        yield {"messages": [*conversation(forms, asked_of(text, forms)), *_said(text.text)]}


def kto(dataset: Dataset, forms: Catalogue) -> Iterator[Row]:
    """`prompt`, `completion`, `label`: liked and disliked, those of one request far from each other.

    KTO's reference point pairs the completions of neighbours with the wrong prompts; of two with the same
    prompt that would be the right one.
    """
    for example in spread(dataset.examples):
        yield {
            "prompt": conversation(forms, example.asked),
            "completion": _said(example.text),
            "label": example.liked,
        }


def dpo(dataset: Dataset, forms: Catalogue) -> Iterator[Row]:
    """`prompt`, `chosen`, `rejected`."""
    for pair in dataset.pairs:
        yield {
            "prompt": conversation(forms, pair.asked),
            "chosen": _said(pair.chosen),
            "rejected": _said(pair.rejected),
        }


_TURNS = {"prompt", "messages"}
LAYOUTS: dict[str, _Layout] = {"sft": sft, "kto": kto, "dpo": dpo, "messages": messages}


def without_system_turns(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows for models whose chat template has no turn of the system."""
    for row in rows:
        yield {name: without_system(value) if name in _TURNS else value for name, value in row.items()}


def spread(examples: Sequence[Example]) -> list[Example]:
    """Each request's texts evenly over the whole, where they begin decided by a hash."""
    by_request: dict[Asked, list[Example]] = defaultdict(list)
    for example in examples:
        by_request[example.asked].append(example)
    placed = []
    for asked, own in by_request.items():
        digest = hashlib.sha256("\0".join(asked).encode(errors="replace")).digest()
        start = int.from_bytes(digest[:6], "big") / 2**48
        placed += [((number + start) / len(own), digest, example) for number, example in enumerate(own)]
    return [example for _, _, example in sorted(placed, key=lambda one: one[:2])]


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
