"""Votes, choices and examples to test with, in memory."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from feedback.buckets import split_bucket
from feedback.lessons import Preferred, Rewritten, Vote, Written
from retrain.dataset import Dataset, Example
from retrain.dataset_build import build
from retrain.selection import Selection

SPRING = datetime(2026, 3, 20, tzinfo=UTC)


def vote(
    completion_id: int,
    value: float,
    *,
    reader: int = 1,
    theme: str = "rain",
    text: str | None = None,
    bucket: int | None = None,
    kind: str = "new",
    role: str = "reader",
    version: str = "base",
    prompt: int = 0,
    form: str = "poem",
) -> Vote:
    return Vote(
        text_sha256=hashlib.sha256(own_text(completion_id, text).encode()).hexdigest(),
        completion_id=completion_id,
        reader_id=reader,
        role=role,
        value=value,
        prompt_id=prompt or completion_id,
        form=form,
        theme=theme,
        language="en",
        kind=kind,
        split_bucket=split_bucket(form, theme) if bucket is None else bucket,
        model_version=version,
    )


def own_text(number: int, text: str | None = None) -> str:
    """Texts of different numbers have nothing in common."""
    return hashlib.sha256(str(number).encode()).hexdigest() if text is None else text


def preferred(winner: int, loser: int, *, reader: int = 1) -> Preferred:
    return Preferred(winner, loser, reader, "reader", "poem", "rain", "en", "new", 999)


def rewritten(number: int, text: str, *, completion: int, reader: int = 1, bucket: int = 999) -> Rewritten:
    return Rewritten(
        number, completion, completion, reader, "reader", "poem", "rain", "en", "new", bucket, text,
        own_text(completion),
    )  # fmt: skip


@dataclass
class Rows:
    """What a store would give."""

    rated: Sequence[Vote] = ()
    choices: Sequence[Preferred] = ()
    own: Sequence[Rewritten] = ()
    texts: dict[int, str] | None = None

    def votes(self, _: datetime) -> Iterable[Vote]:
        return sorted(self.rated, key=lambda row: row.text_sha256)

    def preferences(self, _: datetime) -> Iterable[Preferred]:
        return self.choices

    def demonstrations(self, _: datetime) -> Iterable[Rewritten]:
        return self.own

    def written(self, completion_ids: Sequence[int]) -> dict[int, Written]:
        asked = {row.completion_id: (row.form, row.theme) for row in self.rated}
        texts = self.texts or {}
        return {
            number: Written(
                number, *asked.get(number, ("poem", "rain")), "en", own_text(number, texts.get(number))
            )
            for number in completion_ids
        }


def dataset_of(rated: Sequence[Vote], selection: Selection | None = None, **more: object) -> Dataset:
    rows = Rows(rated, **more)  # type: ignore[arg-type]
    return build(rows, selection or Selection(), SPRING)


def example(
    number: int,
    *,
    liked: bool = True,
    weight: float = 1.0,
    split: str = "train",
    reader: int = 1,
    form: str = "quatrain",
    theme: str = "",
    text: str = "",
) -> Example:
    text = text or f"Piece {number}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Example(
        number,
        form,
        theme or f"theme {number}",
        "en",
        text,
        digest,
        liked,
        weight,
        split,
        (((reader, 0.1), 1.0),),
    )
