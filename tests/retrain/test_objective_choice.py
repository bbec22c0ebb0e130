"""SFT, KTO or DPO: by what there is, or as it is set."""

import pytest

from retrain.dataset import Counts
from retrain.objective_choice import Wanted, choose


def counted(liked: int = 0, disliked: int = 0, pairs: int = 0, demonstrations: int = 0) -> Counts:
    return Counts(liked, disliked, demonstrations, pairs, replay=0)


@pytest.mark.parametrize(
    ("counts", "objective"),
    [
        (counted(liked=50), "sft"),
        (counted(demonstrations=50), "sft"),
        (counted(liked=50, disliked=9), "sft"),
        (counted(liked=50, disliked=10), "kto"),
        (counted(disliked=50), "sft"),
        (counted(liked=50, disliked=50, pairs=199), "kto"),
        (counted(liked=50, disliked=50, pairs=200), "dpo"),
        (counted(liked=1000, disliked=50, pairs=499), "kto"),
        (counted(liked=900, demonstrations=100, disliked=50, pairs=500), "dpo"),
        (counted(pairs=200), "dpo"),
    ],
)
def test_the_objective_follows_what_there_is(counts: Counts, objective: str) -> None:
    assert choose(counts).objective == objective


@pytest.mark.parametrize(
    ("wanted", "counts", "objective", "reason"),
    [
        ("sft", counted(liked=50, disliked=50), "sft", "as it is set"),
        ("kto", counted(liked=50, disliked=1), "kto", "as it is set"),
        ("dpo", counted(liked=50, pairs=1), "dpo", "as it is set"),
        ("dpo", counted(liked=50, disliked=50), "kto", "dpo is set, but there are no pairs"),
        ("kto", counted(liked=50), "sft", "kto is set, but there are no texts of both kinds"),
    ],
)
def test_a_setting_goes_before_the_rule_if_there_is_anything_to_do_it_with(
    wanted: Wanted, counts: Counts, objective: str, reason: str
) -> None:
    chosen = choose(counts, wanted)
    assert chosen.objective == objective
    assert chosen.reason.startswith(reason)


def test_the_reason_names_the_figures() -> None:
    assert choose(counted(liked=50, disliked=20)).reason == "50 liked and 20 disliked texts, 0 of 200 pairs"
