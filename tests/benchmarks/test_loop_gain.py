"""What the benchmark of the loop counts as won."""

import pytest

from benchmarks.loop_gain import measured, wins
from benchmarks.loop_losses import drift
from bots.messages import Reply
from feedback.records import Figure
from worker.crowd import Piece


def taste(_: str, text: str) -> float:
    return {"good": 1.0, "fair": 0.5, "bad": 0.0}[text]


def pieces(**texts: str) -> list[Piece]:
    return [
        Piece(f"a poem about {theme}", Reply(1, 1, text, "poem", "base", 0, 1, 1.0, 1.0))
        for theme, text in texts.items()
    ]


def test_a_better_piece_is_won_and_a_draw_is_half() -> None:
    base = measured(pieces(rain="bad", snow="fair", bread="good"), taste)
    now = measured(pieces(rain="good", snow="fair", bread="bad"), taste)

    assert wins(now, base).parts == (1.0, 0.5, 0.0)
    assert wins(now, base).items == ("rain", "snow", "bread")


def test_a_piece_that_was_not_written_is_compared_with_no_other() -> None:
    base = measured(pieces(rain="bad", bread="good"), taste)
    now = measured(pieces(snow="bad", bread="fair", rain="good"), taste)

    assert dict(zip(wins(now, base).items, wins(now, base).parts, strict=True)) == {"bread": 0.0, "rain": 1.0}


def test_a_version_s_losses_are_shares_of_what_the_base_had() -> None:
    base = [Figure("bits_per_byte_human", 1.6, 25), Figure("distinct_2", 0.7, 128)]
    version = [Figure("bits_per_byte_human", 2.0, 25), Figure("distinct_2", 0.35, 128)]

    assert drift(base, version) == pytest.approx({"bits_per_byte": 0.25, "distinct_2": -0.5})
    assert drift(base, base) == {"bits_per_byte": 0.0, "distinct_2": 0.0}
    assert drift([], version) == {}
