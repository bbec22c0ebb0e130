"""Whatever readers and people give reaches a run: ratings, choices, own versions and registered texts."""

from dataclasses import replace
from pathlib import Path

import pytest

from feedback.store import Store
from generation.base_models import Base
from generation.originality import Corpus, Document, Originality
from generation.versions import base_name
from retrain.objective_choice import Wanted
from retrain.run import run
from retrain.selection import Selection
from retrain.yardsticks import Yardsticks
from tests.feedback.pieces import BASE, variants
from tests.retrain.conftest import THEMES, rate_pieces
from tests.retrain.test_run import SMALL

HALF = replace(SMALL, selection=Selection(heldout_buckets=500))


@pytest.fixture
def given(tiny_store: Store, tiny_base: Base) -> Store:
    """Rated pieces, and of each theme a choice between two variants of which one is rewritten."""
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    tiny_store.versions.add(BASE)
    for theme in THEMES:
        chosen, rewritten = variants(tiny_store, 2, user="bob", theme=f"the {theme} and me", text=theme)
        tiny_store.choices.choose("terminal", "", "bob", chosen.completion_id)
        own = f"{theme} in my own words,\nand nobody else's."
        tiny_store.ratings.demonstrate("terminal", "", "bob", rewritten.completion_id, own)
    return tiny_store


@pytest.fixture
def registered(tmp_path: Path) -> Originality:
    poems = Originality(tmp_path / "originality")
    texts = (f"An old song of {theme},\nsung by those who came before." for theme in THEMES)
    poems.add(Corpus("songs", "public domain"), [Document(text) for text in texts])
    return poems


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [("auto", "trained by SFT: "), ("dpo", "trained by DPO: as it is set")],
)
def test_everything_that_is_given_is_learned_from(
    given: Store, registered: Originality, tiny_base: Base, tmp_path: Path, wanted: Wanted, reason: str
) -> None:
    config = replace(HALF, recipe=replace(HALF.recipe, objective=wanted))
    run_id = given.runs.enqueue(config.as_dict())
    outcome = run(
        given, tmp_path / "models", tiny_base, config, run_id=run_id, fence="f",
        yardsticks=Yardsticks(originality=registered),
    )  # fmt: skip
    assert outcome.candidate is not None, outcome.reasons
    assert outcome.reasons[-1].startswith(reason)
    origin = given.lineage.of_version(outcome.candidate)
    assert set(origin.beside) == {"demonstration", "pair", "replay"}
    figures = {figure.metric: figure for figure in given.figures.of(outcome.candidate)}
    assert {"preference_accuracy", "bits_per_byte_human", "original"} <= figures.keys()
