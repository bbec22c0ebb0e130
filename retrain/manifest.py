"""Name a dataset by its content: canonical JSON and its SHA-256, the same on any machine."""

import hashlib
from dataclasses import asdict
from typing import Any

from feedback.records import SnapshotItem
from generation.manifest import canonical
from retrain.dataset import Dataset
from retrain.selection import Selection

SCHEMA = 3


def sha256_of(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def dataset_manifest(dataset: Dataset, selection: Selection) -> bytes:
    """What a candidate learns from, as canonical JSON. Hashes stand for the texts."""
    return canonical(
        {
            "schema": SCHEMA,
            "selection": asdict(selection),
            "examples": sorted(
                [e.kind, e.completion_id, e.text_sha256, e.liked, e.weight, e.split] for e in dataset.examples
            ),
            "pairs": sorted(
                [p.kind, p.chosen_id, p.rejected_id, sha256_of([p.chosen, p.rejected]), p.weight, p.split]
                for p in dataset.pairs
            ),
            "replay": sorted(
                [r.text_sha256, sha256_of([r.title, r.language]), r.source, r.weight, r.split]
                for r in dataset.replay
            ),
        }
    )


def dataset_sha256(dataset: Dataset, selection: Selection) -> str:
    return hashlib.sha256(dataset_manifest(dataset, selection)).hexdigest()


def snapshot_items(dataset: Dataset) -> list[SnapshotItem]:
    """The same as rows of the database."""
    texts = [
        SnapshotItem(e.completion_id, e.liked, e.weight, e.split, e.kind, demonstration_id=e.demonstration_id)
        for e in dataset.examples
    ]
    pairs = [
        SnapshotItem(p.chosen_id, True, p.weight, p.split, "pair", p.rejected_id, p.demonstration_id)
        for p in dataset.pairs
    ]
    replay = [
        SnapshotItem(None, True, r.weight, r.split, "replay", text_sha256=r.text_sha256, source=r.source)
        for r in dataset.replay
    ]
    return [*texts, *pairs, *replay]
