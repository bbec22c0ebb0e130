"""A version on trial: who said what of it, and how the trial ends."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feedback.records import LeaseLost, NotPromotable
from feedback.store import Store
from tests.feedback.pieces import COMPLETION, claimed, rate, version

PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def tried(store: Store) -> Store:
    """The base is champion, v1 is tried on a fifth of the readers."""
    store.versions.add(version("v1"))
    store.versions.promote("base", "first")
    store.versions.set_canary("v1", 0.2, "run 1")
    return store


def trial_of(store: Store) -> int:
    trial = store.versions.trial()
    assert trial is not None
    return trial.id


def wrote(store: Store, name: str, user: str) -> int:
    prompt_id, lease = claimed(store, user=user)
    return store.prompts.finish(prompt_id, lease, replace(COMPLETION, model_version=name)).completion_id


def test_every_vote_on_a_piece_of_either_is_told_in_its_order_with_whoever_asked(tried: Store) -> None:
    wrote(tried, "base", "early")
    mine, theirs = wrote(tried, "v1", "ada"), wrote(tried, "base", "bob")
    rate(tried, theirs, -1.0, user="bob")
    rate(tried, mine, 1.0, user="ada")
    rate(tried, mine, None, user="ada")
    rate(tried, mine, -1.0, user="bob")
    votes = tried.trials.votes("v1", "base", PAST)
    assert [(v.model_version, v.completion_id, v.value) for v in votes] == [
        ("base", theirs, -1.0),
        ("v1", mine, 1.0),
        ("v1", mine, -1.0),
    ]
    asker, rater = votes[2].reader_id, votes[2].rater_id
    assert (asker, rater) == (votes[1].rater_id, votes[0].rater_id)


def test_before_the_canary_wrote_anything_nothing_counts(tried: Store) -> None:
    rate(tried, wrote(tried, "base", "bob"), 1.0, user="bob")
    assert tried.trials.votes("v1", "base", PAST) == []


@pytest.mark.parametrize(
    ("step", "champion", "status"),
    [("promote", "v1", "live"), ("quarantine", "base", "quarantined"), ("end", "base", "candidate")],
)
def test_a_trial_ends_once_with_its_reason(tried: Store, step: str, champion: str, status: str) -> None:
    trial = trial_of(tried)
    assert tried.versions.conclude(trial, step, "the readers say so")  # type: ignore[arg-type]
    assert not tried.versions.conclude(trial, "promote", "again")
    assert tried.versions.champion() == champion
    assert tried.versions.get("v1").status == status
    assert tried.versions.trial() is None


def test_a_trial_that_an_operator_replaced_is_not_concluded(tried: Store) -> None:
    trial = trial_of(tried)
    tried.versions.set_canary("v1", 0.5, "by hand")
    assert not tried.versions.conclude(trial, "promote", "too late")
    assert tried.versions.champion() == "base"


def test_what_is_quarantined_returns_only_by_force(tried: Store) -> None:
    tried.versions.conclude(trial_of(tried), "quarantine", "worse")
    with pytest.raises(NotPromotable, match="quarantined"):
        tried.versions.set_canary("v1", 0.2, "again")
    with pytest.raises(NotPromotable, match="quarantined"):
        tried.versions.promote("v1", "again")
    tried.versions.promote("v1", "by hand", force=True)
    assert tried.versions.champion() == "v1"


@pytest.mark.parametrize(("share", "champion", "canary"), [(0.0, "v1", None), (0.3, "base", "v1")])
def test_a_run_ends_and_its_candidate_is_deployed_in_one_step(
    store: Store, share: float, champion: str, canary: str | None
) -> None:
    store.versions.add(version("v1"))
    store.versions.promote("base", "first")
    run_id = store.runs.enqueue({})
    store.runs.start(run_id, "f")
    store.runs.promote(run_id, "f", ["better"], "v1", share)
    tried = store.versions.canary()
    assert (store.versions.champion(), tried and tried.version) == (champion, canary)
    assert (store.runs.get(run_id).status, store.runs.get(run_id).candidate) == ("promoted", "v1")


def test_a_run_that_was_taken_for_dead_deploys_nothing(store: Store) -> None:
    store.versions.add(version("v1"))
    store.versions.promote("base", "first")
    run_id = store.runs.enqueue({})
    store.runs.start(run_id, "f")
    with pytest.raises(LeaseLost):
        store.runs.promote(run_id, "another", ["better"], "v1")
    assert store.versions.champion() == "base"


def test_a_run_whose_candidate_may_not_be_deployed_goes_on(store: Store) -> None:
    store.versions.add(version("v1"))
    store.versions.set_status("v1", "quarantined")
    run_id = store.runs.enqueue({})
    store.runs.start(run_id, "f")
    with pytest.raises(NotPromotable):
        store.runs.promote(run_id, "f", ["better"], "v1")
    assert store.runs.get(run_id).status == "running"
