"""Whether there is enough to learn from, asked of a store before anything is loaded."""

from dataclasses import replace

from feedback.store import Store
from feedback.tables import now
from generation.base_models import Base
from generation.forms import FORMS, Catalogue
from generation.forms.form import Example
from generation.manifest import base_name
from retrain.config import RunConfig
from retrain.dataset import Minimums
from retrain.readiness import look
from retrain.selection import Selection
from tests.retrain.conftest import rate_pieces

CONFIG = RunConfig(
    selection=Selection(heldout_buckets=500), minimums=Minimums(liked=1, liked_heldout=1, new_ratings=1)
)
NOTHING = [
    "0 liked pieces to learn from, 1 needed",
    "0 liked pieces to be judged on, 1 needed",
]


def test_pieces_of_a_form_that_was_taken_away_are_not_enough_to_learn_from(
    tiny_store: Store, tiny_base: Base
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    others = Catalogue(form for form in FORMS.values() if form.name != "haiku")
    assert look(tiny_store, CONFIG, now(), FORMS)[1] == []
    assert look(tiny_store, CONFIG, now(), others)[1] == [*NOTHING, "0 readers to learn from, 1 needed"]


def test_pieces_that_repeat_an_example_of_their_form_are_not_enough_to_learn_from(
    tiny_store: Store, tiny_base: Base
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    shown = "and the door is still.\nIt has been still for years."  # Every liked piece has this first line.
    haiku = replace(FORMS["haiku"], examples=(Example(language="en", theme="a gate", text=shown),))
    dataset, missing = look(tiny_store, CONFIG, now(), Catalogue([haiku]))
    assert missing == NOTHING
    assert "repeats an example of its form" in dataset.left_out
    assert {example.liked for example in dataset.examples} == {False}
