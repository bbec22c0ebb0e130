"""Which requests of readers are rehearsed: known before a model is loaded for it."""

from collections.abc import Sequence
from hashlib import sha256

from generation.critic import LinearCritic
from retrain.config import Rehearsal
from retrain.dataset import Asked, Dataset, Example


def to_rehearse(dataset: Dataset, critic: LinearCritic | None, rehearsal: Rehearsal) -> list[Asked]:
    """None without a proven critic, which could not say what is written best."""
    if critic is None or not critic.proven or not rehearsal.chooses:
        return []
    return prompts_of(dataset.of("train").examples, rehearsal.prompts)


def prompts_of(examples: Sequence[Example], most: int) -> list[Asked]:
    """Different requests, so many of them at most; which, their hash decides."""
    return sorted({example.asked for example in examples}, key=_hash)[:most]


def _hash(asked: Asked) -> str:
    return sha256("\0".join(asked).encode(errors="replace")).hexdigest()
