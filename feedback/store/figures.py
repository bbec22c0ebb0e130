"""How versions did on the suites that they were judged by."""

import math
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from feedback.database import Database
from feedback.records import Figure
from feedback.store.run_lease import hold
from feedback.store.upsert import insert
from feedback.tables import Evaluation, now


class Figures:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        run_id: int | None,
        version: str,
        suite_sha256: str,
        figures: Sequence[Figure],
        fence: str | None = None,
    ) -> None:
        """Keep how a version did on a suite; doing it again replaces. Raises UnknownRow, ValueError.

        With a fence, only as long as the run is held under it. Raises LeaseLost.
        """
        moment = now()
        with self._database.writing() as session:
            if run_id is not None and fence is not None:
                hold(session, run_id, fence, heartbeat_at=moment)
            for figure in figures:
                if math.isnan(figure.value):
                    raise ValueError(f"{figure.metric} is not a number")
                new = insert(session, _evaluation(run_id, version, suite_sha256, figure, moment))
                replaced = ("run_id", "value", "low", "high", "n", "passed", "created_at")
                session.execute(
                    new.on_conflict_do_update(
                        index_elements=["model_version", "suite_sha256", "metric"],
                        set_={name: new.excluded[name] for name in replaced},
                    )
                )

    def of(self, version: str) -> list[Figure]:
        """How the version did on the suite that it was last judged by, by metric."""
        mine = col(Evaluation.model_version) == version
        last = (
            select(Evaluation.suite_sha256)
            .where(mine)
            .order_by(col(Evaluation.created_at).desc(), col(Evaluation.id).desc())
        )
        with self._database.reading() as session:
            rows = session.scalars(
                select(Evaluation)
                .where(mine, col(Evaluation.suite_sha256) == last.limit(1).scalar_subquery())
                .order_by(col(Evaluation.metric))
            )
            return [Figure(r.metric, r.value, r.n, r.passed, r.low, r.high) for r in rows]


def _evaluation(
    run_id: int | None, version: str, suite_sha256: str, figure: Figure, moment: datetime
) -> Evaluation:
    return Evaluation(
        run_id=run_id,
        model_version=version,
        suite_sha256=suite_sha256,
        metric=figure.metric,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        passed=figure.passed,
        created_at=moment,
    )
