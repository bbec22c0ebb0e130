"""Variety and repetition of texts are figures from 0 to 1."""

import pytest

from generation.text_metrics import distinct_2, repetition, repetition_of


@pytest.mark.parametrize(
    ("texts", "share"),
    [(["a b c"], 1.0), (["a b a b"], 2 / 3), (["a b", "a b"], 0.5), ([], 0.0), (["one"], 0.0)],
)
def test_distinct_2_is_the_share_of_word_pairs_that_are_new(texts: list[str], share: float) -> None:
    assert distinct_2(texts) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "share"),
    [("a b c\nd e f", 0.0), ("rain\nrain", 0.5), ("the rain the rain the rain the rain", 2 / 3), ("", 0.0)],
)
def test_repetition_is_the_share_of_lines_or_trigrams_that_stood_before(text: str, share: float) -> None:
    assert repetition_of(text) == pytest.approx(share)


def test_repetition_of_several_texts_is_their_mean() -> None:
    assert repetition(["rain\nrain", "a b c"]) == pytest.approx(0.25)
