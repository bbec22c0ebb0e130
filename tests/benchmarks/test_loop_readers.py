"""How simulated readers come to their thumbs."""

import pytest

from benchmarks.loop_readers import Usual


@pytest.mark.parametrize(("mean", "spread"), [(0.2, 0.4), (-0.9, 0.02), (0.8, 0.1)])
def test_readers_judge_by_what_they_are_used_to_be_they_strict_or_easily_pleased(
    mean: float, spread: float
) -> None:
    usual = Usual.of([mean - spread, mean + spread])
    scores = (mean - spread, mean, mean + spread)
    assert [usual.thumb(score) for score in scores] == [-1.0, None, 1.0]


def test_a_mood_decides_what_is_neither_good_nor_poor() -> None:
    usual = Usual(mean=0.0, spread=0.4)
    assert [usual.thumb(0.04, mood) for mood in (-0.4, 0.0, 0.4)] == [-1.0, None, 1.0]


def test_who_finds_all_pieces_alike_is_still_moody() -> None:
    usual = Usual.of([0.3, 0.3, 0.3])
    assert [usual.thumb(0.3, mood) for mood in (-0.4, 0.0, 0.6)] == [-1.0, None, 1.0]
