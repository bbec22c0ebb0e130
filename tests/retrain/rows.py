"""Rated completions to test with."""

import hashlib
from datetime import UTC, datetime

from feedback.buckets import split_bucket
from feedback.records import RatedCompletion
from retrain.dataset import Example

SPRING = datetime(2026, 3, 20, tzinfo=UTC)


def rated(
    completion_id: int,
    value: float,
    *,
    reader: int = 1,
    theme: str = "rain",
    text: str | None = None,
    bucket: int | None = None,
    at: datetime = SPRING,
    kind: str = "new",
) -> RatedCompletion:
    text = f"Piece {completion_id}" if text is None else text
    return RatedCompletion(
        completion_id=completion_id,
        prompt_id=completion_id,
        reader_id=reader,
        form="poem",
        theme=theme,
        language="en",
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        model_version="base",
        split_bucket=split_bucket("poem", theme) if bucket is None else bucket,
        value=value,
        rated_at=at,
        kind=kind,
    )


def example(
    number: int,
    *,
    liked: bool = True,
    weight: float = 1.0,
    split: str = "train",
    readers: frozenset[int] = frozenset({1}),
    theme: str = "",
    text: str = "",
) -> Example:
    text = text or f"Piece {number}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Example(
        number, "quatrain", theme or f"theme {number}", "en", text, digest, liked, weight, split, readers
    )
