"""A canary is promoted or quarantined by its readers, and by chance hardly ever."""

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.canary_trials import World, outcome, shares_of, votes_of
from retrain.canary import CanaryRules, Counted, Evidence, Vote, counted, decide, weigh

RULES = CanaryRules()
DAY = timedelta(days=1)


def test_a_reader_counts_once_with_the_first_ratings() -> None:
    votes = [
        Vote(1, True, 10, 1, 1.0),
        Vote(2, False, 11, 2, -1.0),
        Vote(1, True, 10, 1, -1.0),  # A change of mind.
        Vote(1, True, 10, 3, 0.0),  # Somebody else about the same piece.
        Vote(2, False, 12, 2, -1.0),
        Vote(1, True, 13, 1, -1.0),  # One too many.
    ]
    assert counted(votes, 2) == [Counted(True, 0.5), Counted(False, -1.0)]
    assert counted(votes, 4) == []


@pytest.mark.parametrize(
    ("evidence", "age", "step"),
    [
        (Evidence(), DAY, "wait"),
        (Evidence(better=19.9, worse=19.9), DAY, "wait"),
        (Evidence(better=20.0), DAY, "promote"),
        (Evidence(worse=20.0), DAY, "quarantine"),
        (Evidence(better=25.0, worse=21.0), DAY, "quarantine"),
        (Evidence(better=5.0), 7 * DAY, "end"),
    ],
)
def test_a_decision(evidence: Evidence, age: timedelta, step: str) -> None:
    assert decide(evidence, age, RULES).step == step


def test_who_stays_at_the_end_is_a_setting() -> None:
    assert decide(Evidence(), 7 * DAY, CanaryRules(at_end="canary")).step == "promote"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_readers_to_compare_there_is_no_evidence(share: float) -> None:
    assert weigh([Counted(share == 1, 1.0)] * 50, share) == Evidence()


def test_what_is_better_and_what_is_worse_is_told() -> None:
    random = np.random.default_rng(1)
    assert outcome(votes_of(World(share=0.5, gain=0.4), random), 0.5) == "promote"
    assert outcome(votes_of(World(share=0.5, gain=-0.4), random), 0.5) == "quarantine"


def test_bets_win_nothing_in_the_mean_on_equal_versions() -> None:
    """The definition of an e-process at one moment: its expectation is at most 1."""
    random = np.random.default_rng(2)
    wealth = []
    for _ in range(400):
        readers = [Counted(bool(random.random() < 0.3), float(random.choice([-1, 1]))) for _ in range(5)]
        wealth.append(weigh(readers, 0.3).better)
    assert np.mean(np.array(wealth) >= 4) <= 0.25  # Ville's inequality, at a level that five readers reach.


def test_equal_versions_are_hardly_ever_told_apart_however_often_one_looks() -> None:
    """The full benchmark has 1,000 trials: `python -m benchmarks.gate`."""
    found = shares_of(World(readers=150, share=0.5), trials=60)
    assert found["promote"] <= 0.05
    assert found["quarantine"] <= 0.05
