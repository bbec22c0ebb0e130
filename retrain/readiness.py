"""Is there anything to learn yet? Answered from the rows alone, without a model and within a second."""

from datetime import datetime

import structlog

from feedback.store import Store
from generation.forms import Catalogue
from generation.screening import Screen
from retrain.config import RunConfig
from retrain.dataset import Dataset, enough
from retrain.dataset_build import build

log = structlog.get_logger(__name__)


def look(
    store: Store, config: RunConfig, cutoff: datetime, forms: Catalogue, screen: Screen | None = None
) -> tuple[Dataset, list[str]]:
    """What ratings up to `cutoff` give to learn from, and what is missing.

    Pieces of a form that an operator has taken away can be neither rendered nor checked: they do not count.
    """
    dataset = build(store.lessons, config.selection, cutoff, screen=screen).with_forms(forms)
    if dataset.left_out:
        log.info("not learned from", **dataset.left_out)
    fresh = store.lessons.fresh(store.runs.last_cutoff(), cutoff)
    return dataset, enough(dataset, fresh, config.minimums)
