"""Keep a proven critic beside the versions that may write on: it helps to choose among their texts."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from feedback.records import NotPromotable
from feedback.store import Store
from generation.critic import LinearCritic, write_critic

log = structlog.get_logger(__name__)


def keep_critic(
    store: Store, models: Path, run_id: int, fence: str, critic: LinearCritic | None, versions: Sequence[str]
) -> None:
    """Unless something that it has learned from was erased. Raises LeaseLost.

    It helps the champion at once, so it is written while the run is held: nobody takes the run over
    meanwhile, and who erases a reader waits, and then finds it. A run that is killed after this is taken up,
    and comes here again.
    """
    if critic is None or not critic.proven:
        return
    try:
        with store.runs.held(run_id, fence):
            for version in versions:
                write_critic(models, version, critic)
    except NotPromotable as error:
        log.info("no critic is kept", run=run_id, why=str(error))
