"""Name a dataset by its content: canonical JSON and its SHA-256, the same on any machine."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from generation.manifest import canonical
from retrain.dataset import Example, Selection

SCHEMA = 1


def sha256_of(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def dataset_manifest(examples: Iterable[Example], selection: Selection) -> bytes:
    """What a candidate learns from, as canonical JSON. Hashes stand for the texts."""
    items = [
        [example.completion_id, example.text_sha256, example.liked, example.weight, example.split]
        for example in sorted(examples, key=lambda example: example.completion_id)
    ]
    return canonical({"schema": SCHEMA, "selection": asdict(selection), "items": items})


def dataset_sha256(examples: Iterable[Example], selection: Selection) -> str:
    return hashlib.sha256(dataset_manifest(examples, selection)).hexdigest()
