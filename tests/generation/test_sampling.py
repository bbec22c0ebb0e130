"""Tokens are drawn by each row's own settings and seed."""

import pytest
import torch

from generation.sampling import GREEDY, BadSampling, Sampling
from generation.token_choice import Draw, choose

LOGITS = torch.tensor([[1.0, 3.0, 2.0, 0.0]])


def drawn(sampling: Sampling, times: int, written: list[int] | None = None) -> list[int | None]:
    draws = [Draw(sampling, seed=i) for i in range(times)]
    for draw in draws:
        for token in written or []:
            draw.record(token)
    return choose(LOGITS.repeat(times, 1), draws)


def test_temperature_zero_takes_the_likeliest_token() -> None:
    assert drawn(GREEDY, 5) == [1] * 5


def test_draws_follow_the_probabilities() -> None:
    share = drawn(Sampling(1.0, 1.0, 1.0, 0), 4000).count(1) / 4000
    assert share == pytest.approx(float(torch.softmax(LOGITS, -1)[0, 1]), abs=0.03)


def test_a_small_top_p_leaves_only_the_likeliest() -> None:
    assert set(drawn(Sampling(1.0, 0.5, 1.0, 0), 200)) == {1}


def test_the_repetition_penalty_makes_way_for_another_token() -> None:
    assert drawn(Sampling(0, 1.0, 2.0, 0), 1, written=[1]) == [2]


def test_line_ends_may_come_again_without_penalty() -> None:
    draw = Draw(Sampling(temperature=0, repetition_penalty=2, no_repeat_ngram=0), 1, [5])
    logits = torch.zeros(1, 10)
    logits[0, 5], logits[0, 6] = 3.0, 2.0
    assert choose(logits.clone(), [draw]) == [6]
    assert choose(logits.clone(), [draw], frozenset({5})) == [5]


def test_no_ngram_is_written_twice() -> None:
    assert drawn(Sampling(0, 1.0, 1.0, 2), 1, written=[0, 1, 0]) == [2]


def test_a_row_with_numbers_that_are_not_finite_is_named_and_the_others_are_drawn() -> None:
    logits = torch.cat([LOGITS, torch.full((1, 4), float("nan"))])
    assert choose(logits, [Draw(GREEDY, 0), Draw(GREEDY, 1)]) == [1, None]


@pytest.mark.parametrize("bad", [{"temperature": -1}, {"top_p": 0}, {"repetition_penalty": 0.5}])
def test_settings_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(BadSampling):
        Sampling(**bad)  # type: ignore[arg-type]
