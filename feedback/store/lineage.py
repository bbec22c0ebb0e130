"""Where a text or a version comes from, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.database import Database
from feedback.records import UnknownRow
from feedback.tables import (
    Completion,
    DatasetItem,
    DatasetSnapshot,
    Evaluation,
    ModelVersion,
    Prompt,
    TrainingRun,
)

Row = tuple[bool, float, str]  # Label, weight and split.


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """One completion: who wrote it, for what, and which versions learned from it."""

    completion_id: int
    form: str
    language: str
    model_version: str
    arm: str
    seed: int
    created_at: datetime
    learned_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionOrigin:
    """One version: its run, what that learned from, and what came of it.

    A base that was not grown here has no run, nor has a version that came from elsewhere.
    """

    name: str
    parent: str | None
    status: str
    kind: str = ""  # "base", "lora", "import", …
    run_id: int | None = None
    run_status: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    snapshot_sha256: str = ""
    cutoff: datetime | None = None
    rows: dict[int, Row] = field(default_factory=dict)  # Rated ones, by completion; erased ones are gone.
    beside: dict[str, int] = field(default_factory=dict)  # What else it learned from, by kind.
    written_by: dict[str, int] = field(default_factory=dict)  # Rows by the version that wrote them.
    completions: int = 0  # Texts that it has written itself.
    learned_by: tuple[str, ...] = ()  # Versions that learned from these.

    @property
    def corpus(self) -> str:
        """The name of the file or folder of poems that it learned from, by `rhapsode train`; or nothing."""
        given = self.config.get("corpus")
        return PurePath(given["path"]).name if given else ""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by split and label."""
        names = ("train liked", "train disliked", "heldout liked", "heldout disliked")
        found = [f"{split} {'liked' if label else 'disliked'}" for label, _, split in self.rows.values()]
        return {name: found.count(name) for name in names}


class Lineage:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_text(self, completion_id: int) -> TextOrigin:
        """Raises UnknownRow."""
        with self._database.reading() as session:
            found = session.execute(
                select(Completion, col(Prompt.form), col(Prompt.language))
                .join(Prompt, col(Completion.prompt_id) == col(Prompt.id))
                .where(col(Completion.id) == completion_id)
            ).first()
            if found is None:
                raise UnknownRow(f"completion {completion_id}")
            written, form, language = found
            learned = _learned_from(session, [completion_id])
            return TextOrigin(
                completion_id, form, language, written.model_version, written.arm, written.seed,
                written.created_at, learned,
            )  # fmt: skip

    def of_version(self, name: str) -> VersionOrigin:
        """Raises UnknownRow."""
        with self._database.reading() as session:
            version = session.get(ModelVersion, name)
            if version is None:
                raise UnknownRow(f"version {name}")
            wrote = col(Completion.model_version) == name
            texts = select(func.count()).select_from(Completion).where(wrote)
            return VersionOrigin(
                name=name,
                parent=version.parent,
                status=version.status,
                kind=version.kind,
                completions=session.execute(texts).scalar_one(),
                learned_by=_learned_from(session, select(col(Completion.id)).where(wrote)),
                **_of_run(session, name),
            )

    def suites(self, version: str) -> set[str]:
        """The suites that the version was measured on."""
        mine = select(col(Evaluation.suite_sha256)).where(col(Evaluation.model_version) == version)
        with self._database.reading() as session:
            return set(session.scalars(mine.distinct()))


def _learned_from(session: Session, texts: Any) -> tuple[str, ...]:
    """Versions that were trained on such completions; of one that a reader rewrote, on the own version."""
    held = and_(col(DatasetItem.completion_id).in_(texts), col(DatasetItem.demonstration_id).is_(None))
    which = or_(held, col(DatasetItem.rejected_id).in_(texts))
    names = session.scalars(
        select(col(TrainingRun.candidate))
        .join(DatasetItem, col(DatasetItem.snapshot_id) == col(TrainingRun.snapshot_id))
        .where(col(TrainingRun.candidate).is_not(None), col(DatasetItem.split) == "train", which)
        .distinct()
    )
    return tuple(sorted(name for name in names if name is not None))


def _of_run(session: Session, name: str) -> dict[str, Any]:
    found = session.execute(
        select(TrainingRun, DatasetSnapshot)
        .outerjoin(DatasetSnapshot, col(DatasetSnapshot.id) == col(TrainingRun.snapshot_id))
        .where(col(TrainingRun.candidate) == name)
        .order_by(col(TrainingRun.id).desc())
    ).first()
    if found is None:
        return {}
    run, snapshot = found
    of_run = {"run_id": run.id, "run_status": run.status, "config": run.config}
    return of_run if snapshot is None else of_run | _of_snapshot(session, run, snapshot)


def _of_snapshot(session: Session, run: TrainingRun, snapshot: DatasetSnapshot) -> dict[str, Any]:
    items = session.execute(
        select(DatasetItem, col(Completion.model_version))
        .join(Completion, col(Completion.id) == col(DatasetItem.completion_id))
        .where(col(DatasetItem.snapshot_id) == snapshot.id, col(DatasetItem.kind) == "rated")
        .order_by(col(DatasetItem.completion_id))
    ).all()
    others = session.execute(
        select(col(DatasetItem.kind), func.count())
        .where(col(DatasetItem.snapshot_id) == snapshot.id, col(DatasetItem.kind) != "rated")
        .where(col(DatasetItem.split) == "train")
        .group_by(col(DatasetItem.kind))
        .order_by(col(DatasetItem.kind))
    )
    writers = [writer for _, writer in items]
    return {
        "snapshot_sha256": snapshot.manifest_sha256,
        "cutoff": run.cutoff or snapshot.cutoff,
        "rows": {item.completion_id: (item.label, item.weight, item.split) for item, _ in items},
        "beside": {kind: int(count) for kind, count in others},
        "written_by": {writer: writers.count(writer) for writer in sorted(set(writers))},
    }
