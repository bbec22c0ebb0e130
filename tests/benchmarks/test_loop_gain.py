"""What the benchmark of the loop counts as won."""

from benchmarks.loop_gain import measured, wins
from bots.messages import Reply
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
