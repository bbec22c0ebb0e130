"""Is there anything to learn yet? Answered from the rows alone, without a model and within a second."""

from datetime import datetime

import structlog

from feedback.store import Store
from retrain.config import RunConfig
from retrain.dataset import Example, enough, examples_from, learnable, new_ratings

log = structlog.get_logger(__name__)


def look(store: Store, config: RunConfig, cutoff: datetime) -> tuple[list[Example], list[str]]:
    """The examples that ratings up to `cutoff` give, and what is missing to learn from them."""
    rows, left_out = learnable(store.ratings.rated_completions(cutoff))
    if left_out:
        log.info("rated pieces that are not learned from", completions=left_out)
    examples = examples_from(rows, config.selection)
    fresh = new_ratings(rows, store.runs.last_cutoff())
    return examples, enough(examples, fresh, config.minimums)
