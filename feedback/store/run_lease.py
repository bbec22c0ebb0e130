"""A training run is written to only by who holds it: each write names the fence it was started under."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.records import LeaseLost
from feedback.tables import TrainingRun


def hold(session: Session, run_id: int, fence: str, **changes: Any) -> None:
    """Change a run that is ours, in this transaction. Raises LeaseLost if it is another's or has ended."""
    ours = session.execute(
        update(TrainingRun)
        .where(
            col(TrainingRun.id) == run_id,
            col(TrainingRun.fence) == fence,
            col(TrainingRun.status) == "running",
        )
        .values(**changes)
        .returning(col(TrainingRun.id))
    ).scalar()
    if ours is None:
        raise LeaseLost(f"run {run_id}")
