"""Which datasets a reader is in, and which versions learned from what the reader gave to them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, and_, case, func, select, union_all
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.tables import (
    Completion,
    DatasetItem,
    DatasetSnapshot,
    Demonstration,
    Preference,
    Prompt,
    Rating,
    TrainingRun,
)


@dataclass(frozen=True, slots=True)
class LearnedFrom:
    """Datasets that a reader is in, and what was trained on what the reader gave to them."""

    snapshots: tuple[int, ...]
    versions: tuple[str, ...]
    critics: tuple[str, ...]  # The versions beside which they lie.


def learned_from(session: Session, reader_id: int) -> LearnedFrom:
    """That is the reader's pieces and own versions, and what the reader had rated or chosen by then."""
    items = union_all(*_rated_or_asked(reader_id), _rewritten(reader_id), _chosen(reader_id)).subquery()
    held = session.execute(
        select(items.c.snapshot_id, func.max(case((items.c.split == "train", 1), else_=0)))
        .group_by(items.c.snapshot_id)
        .order_by(items.c.snapshot_id)
    ).all()
    trained = [snapshot for snapshot, to_train_on in held if to_train_on]
    runs = session.execute(
        select(col(TrainingRun.candidate), col(TrainingRun.parent))
        .where(col(TrainingRun.candidate).is_not(None), col(TrainingRun.snapshot_id).in_(trained))
        .distinct()
    ).all()
    versions = {candidate for candidate, _ in runs if candidate is not None}
    # A run that ends keeps its critic beside both its candidate and the champion that was to be beaten.
    critics = versions | {champion for _, champion in runs if champion is not None}
    return LearnedFrom(
        tuple(snapshot for snapshot, _ in held), tuple(sorted(versions)), tuple(sorted(critics))
    )


# One statement for each way into a dataset: each begins at the reader's own rows, and none reads all items.


def _items() -> Any:
    return (
        select(col(DatasetItem.snapshot_id), col(DatasetItem.split))
        .select_from(DatasetItem)
        .join(DatasetSnapshot, col(DatasetSnapshot.id) == col(DatasetItem.snapshot_id))
    )


def _rated_or_asked(reader_id: int) -> list[Any]:
    copies = _copies(reader_id)
    return [
        _items().join(copies, copies.c.id == text).where(copies.c.since <= col(DatasetSnapshot.cutoff))
        for text in (col(DatasetItem.completion_id), col(DatasetItem.rejected_id))
    ]


def _copies(reader_id: int) -> CTE:
    """All completions of the texts that the reader asked for or rated: an item names only one of them."""
    asked: Any = (
        select(col(Completion.text_sha256), col(Prompt.created_at).label("since"))
        .join(Prompt, col(Completion.prompt_id) == col(Prompt.id))
        .where(col(Prompt.reader_id) == reader_id)
    )
    rated: Any = (
        select(col(Completion.text_sha256), col(Rating.created_at).label("since"))
        .join(Rating, col(Rating.completion_id) == col(Completion.id))
        .where(col(Rating.reader_id) == reader_id)
    )
    given = union_all(asked, rated).subquery()
    return (
        select(col(Completion.id), func.min(given.c.since).label("since"))
        .join(given, given.c.text_sha256 == col(Completion.text_sha256))
        .group_by(col(Completion.id))
        .cte("copies")
    )


def _rewritten(reader_id: int) -> Any:
    own = col(DatasetItem.demonstration_id) == col(Demonstration.id)
    return _items().join(Demonstration, own).where(col(Demonstration.reader_id) == reader_id)


def _chosen(reader_id: int) -> Any:
    same = and_(
        col(Preference.winner_id) == col(DatasetItem.completion_id),
        col(Preference.loser_id) == col(DatasetItem.rejected_id),
    )
    by_then = col(Preference.created_at) <= col(DatasetSnapshot.cutoff)
    return _items().join(Preference, same).where(col(Preference.reader_id) == reader_id, by_then)
