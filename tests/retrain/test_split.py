"""What is judged on is not trained on: neither its prompts in other words, nor its texts a little changed."""

import pytest

from feedback.buckets import split_bucket
from retrain.suite import own_prompts
from tests.retrain.rows import dataset_of, preferred, vote

POEM = "The rain came down on the iron roof, and the dog lay still by the door, listening."


def test_a_prompt_of_the_examination_is_not_trained_on_in_other_words_either() -> None:
    """Even if nobody has asked for it."""
    themes = [
        (form, reworded)
        for form, theme, _ in own_prompts(150)
        for reworded in (f"the {theme}s", f"my {theme}")
    ]
    assert any(split_bucket(form, theme) >= 150 for form, theme in themes)
    rated = [vote(n, 1.0, form=form, theme=theme) for n, (form, theme) in enumerate(themes)]
    assert [piece for piece in dataset_of(rated).examples if piece.split == "train"] == []
    other = [vote(n, 1.0, form="sonnet", theme=theme, bucket=999) for n, (_, theme) in enumerate(themes)]
    assert len(dataset_of(other).examples) == len(other)


@pytest.mark.parametrize(("winner", "loser"), [(3, 4), (4, 3)])
def test_no_text_of_a_pair_is_nearly_one_that_is_judged_on(winner: int, loser: int) -> None:
    found = dataset_of(
        [vote(2, 1.0, theme="sea", text=POEM, bucket=0)],
        choices=[preferred(winner, loser), preferred(5, 6)],
        texts={2: POEM, 3: f"{POEM} Still."},
    )
    assert [(pair.chosen_id, pair.split) for pair in found.pairs] == [(5, "train")]
    assert found.left_out == {"pair with nearly a text that is judged on": 1}


@pytest.mark.parametrize("near", [1, 2])
def test_no_text_is_nearly_one_of_a_choice_that_is_judged_on(near: int) -> None:
    choices = [preferred(1, 2)._replace(split_bucket=0), preferred(4, 5)._replace(theme="bread")]
    rated = [vote(n, 1.0, theme="bread", bucket=999) for n in (3, 4, 5)]  # What was chosen is about rain.
    found = dataset_of(rated, choices=choices, texts={near: POEM, 3: f"{POEM} Still.", 4: POEM.upper()})
    assert [(pair.chosen_id, pair.split) for pair in found.pairs] == [(1, "heldout")]
    assert [piece.completion_id for piece in found.examples] == [5]
