"""Datasets as they were learned from: kept once by their manifest, with every item."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy import insert as insert_many
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.records import SnapshotItem
from feedback.store.upsert import insert
from feedback.tables import DatasetItem, DatasetSnapshot

_FACTS = tuple(field.name for field in fields(SnapshotItem))


def kept(session: Session, manifest_sha256: str, cutoff: datetime, items: Sequence[SnapshotItem]) -> int:
    """The snapshot's id; the same manifest is kept once."""
    row = DatasetSnapshot(manifest_sha256=manifest_sha256, cutoff=cutoff, items=len(items))
    new = insert(session, row).on_conflict_do_nothing(index_elements=["manifest_sha256"])
    snapshot_id = session.execute(new.returning(col(DatasetSnapshot.id))).scalar()
    if snapshot_id is None:
        known = select(col(DatasetSnapshot.id)).where(col(DatasetSnapshot.manifest_sha256) == manifest_sha256)
        return session.execute(known).scalar_one()
    if items:
        rows = [
            {"snapshot_id": snapshot_id} | {name: getattr(item, name) for name in _FACTS} for item in items
        ]
        session.connection().execute(insert_many(DatasetItem), rows)  # Past the ORM, for there may be many.
    return snapshot_id


def withdrawn(session: Session, snapshot_id: int) -> int:
    """How many items the snapshot has lost since, because their readers were erased."""
    left = select(func.count()).where(col(DatasetItem.snapshot_id) == snapshot_id).scalar_subquery()
    lost = select(col(DatasetSnapshot.items) - left).where(col(DatasetSnapshot.id) == snapshot_id)
    return session.execute(lost).scalar_one()


def replayed(session: Session, snapshot_id: int) -> frozenset[str]:
    """Hashes of its texts from corpora."""
    texts = select(col(DatasetItem.text_sha256)).where(
        col(DatasetItem.snapshot_id) == snapshot_id, col(DatasetItem.kind) == "replay"
    )
    return frozenset(text for text in session.scalars(texts) if text is not None)
