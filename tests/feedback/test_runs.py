"""One training run at a time, held by one trainer."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.records import AlreadyRunning, Figure, LeaseLost, NotPromotable, SnapshotItem, UnknownRow
from feedback.store import Store
from tests.feedback.pieces import at_once, version, written
from tests.feedback.places import Place

SILENT = timedelta(seconds=-1)  # Any heartbeat is older than that.


def started(store: Store) -> int:
    run = store.runs.enqueue({"epochs": 1})
    store.runs.start(run, "mine")
    return run


def ended(store: Store, status: str, *, learned: bool = True) -> datetime:
    """Until when such a run has looked."""
    run = started(store)
    cutoff = store.runs.reads(run, "mine")
    if learned:
        store.runs.attach(run, "mine", store.runs.save_snapshot("always the same", cutoff, []), "base")
    store.runs.finish(run, "mine", status, [])
    return cutoff


def test_a_run_goes_from_queued_to_promoted(store: Store) -> None:
    run = store.runs.enqueue({"epochs": 1})
    assert store.runs.get(run).status == "queued"
    store.runs.start(run, "mine")
    store.runs.heartbeat(run, "mine", {"step": 3})
    assert (store.runs.get(run).status, store.runs.get(run).progress) == ("running", {"step": 3})
    store.runs.finish(run, "mine", "promoted", ["better"], candidate="base")
    record = store.runs.get(run)
    assert (record.status, record.reasons, record.candidate) == ("promoted", ("better",), "base")
    assert record.finished_at is not None


def test_only_one_run_runs(store: Store) -> None:
    first = started(store)
    second = store.runs.enqueue({})
    with pytest.raises(AlreadyRunning):
        store.runs.start(second, "yours")
    store.runs.finish(first, "mine", "rejected", ["worse"])
    store.runs.start(second, "yours")
    assert store.runs.get(second).status == "running"


def test_eight_trainers_start_one_run(store: Store) -> None:
    run = store.runs.enqueue({})
    outcomes = at_once(lambda number: store.runs.start(run, f"fence {number}"))
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, AlreadyRunning) for outcome in outcomes) == 7


def test_eight_runs_start_one_at_a_time(store: Store) -> None:
    runs = [store.runs.enqueue({}) for _ in range(8)]
    outcomes = at_once(lambda number: store.runs.start(runs[number], "mine"))
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, AlreadyRunning) for outcome in outcomes) == 7


def test_starting_again_under_the_same_fence_is_no_error_until_it_ended(store: Store) -> None:
    run = started(store)
    store.runs.start(run, "mine")
    store.runs.finish(run, "mine", "skipped", ["too little"])
    with pytest.raises(AlreadyRunning, match="skipped"):
        store.runs.start(run, "mine")
    with pytest.raises(UnknownRow):
        store.runs.start(999, "mine")


def test_a_silent_run_is_taken_over_and_its_trainer_refused(store: Store) -> None:
    run = started(store)
    assert not store.runs.take_over(run, "yours", timedelta(hours=1))
    assert store.runs.take_over(run, "yours", SILENT)
    store.runs.finish(run, "yours", "failed", ["its trainer was killed"])
    assert not store.runs.take_over(run, "theirs", SILENT)
    with pytest.raises(LeaseLost):
        store.runs.heartbeat(run, "mine", {})
    with pytest.raises(LeaseLost):
        store.runs.finish(run, "mine", "promoted", [])
    started(store)


def test_a_run_that_has_not_begun_is_called_off_beside_one_that_runs(store: Store) -> None:
    first = started(store)
    second = store.runs.enqueue({})
    assert store.runs.call_off(second, "skipped", ["another run is running"])
    ended = store.runs.get(second)
    assert (ended.status, ended.reasons) == ("skipped", ("another run is running",))
    assert ended.finished_at is not None
    assert not store.runs.call_off(first, "skipped", [])
    assert not store.runs.call_off(second, "failed", [])
    assert store.runs.get(second) == ended


def test_another_fence_is_refused(store: Store) -> None:
    run = started(store)
    with pytest.raises(LeaseLost):
        store.runs.heartbeat(run, "yours", {})
    with pytest.raises(LeaseLost):
        store.runs.finish(run, "yours", "promoted", [])
    with pytest.raises(LeaseLost), store.runs.held(run, "yours"):
        pytest.fail("it is not theirs")


def test_what_a_run_learns_from_and_makes_is_said_only_by_who_holds_it(store: Store) -> None:
    run = started(store)
    cutoff = store.runs.reads(run, "mine")
    first, second = (store.runs.save_snapshot(name, cutoff, []) for name in ("first", "second"))
    store.runs.attach(run, "mine", first, "base")
    store.versions.add(version("v1"))
    store.runs.made(run, "mine", "base")

    def say_otherwise() -> None:
        kept = store.runs.get(run)
        with pytest.raises(LeaseLost):
            store.runs.reads(run, "mine")
        with pytest.raises(LeaseLost):
            store.runs.attach(run, "mine", second, None)
        with pytest.raises(LeaseLost):
            store.runs.made(run, "mine", "v1")
        assert store.runs.get(run) == kept

    assert store.runs.take_over(run, "yours", SILENT)
    say_otherwise()
    store.runs.finish(run, "yours", "rejected", ["worse"])
    say_otherwise()


def test_the_latest_runs_come_newest_first(store: Store) -> None:
    runs = [store.runs.enqueue({}) for _ in range(3)]
    assert [record.id for record in store.runs.latest(2)] == [runs[2], runs[1]]


def test_the_last_cutoff_is_that_of_the_last_run_that_came_to_something(store: Store) -> None:
    assert store.runs.last_cutoff() is None
    ended(store, "promoted")
    judged = ended(store, "rejected")  # On the same rows: the snapshot is older than the run.
    ended(store, "failed")
    ended(store, "skipped", learned=False)  # Too little to make a dataset of.
    assert store.runs.last_cutoff() == judged
    unchanged = ended(store, "skipped")
    assert store.runs.last_cutoff() == unchanged


def test_a_run_that_is_taken_up_again_looks_no_further_than_before(store: Store) -> None:
    run = started(store)
    cutoff = store.runs.reads(run, "mine")
    assert store.runs.take_over(run, "yours", SILENT)
    assert store.runs.reads(run, "yours") == cutoff


@pytest.mark.parametrize("status", ["candidate", "live", "retired"])
def test_only_a_candidate_is_rejected_with_its_run(store: Store, status: str) -> None:
    store.versions.add(version("v1"))
    store.versions.set_status("v1", status)
    store.runs.finish(started(store), "mine", "rejected", ["worse"], "v1")
    assert store.versions.get("v1").status == ("rejected" if status == "candidate" else status)


def test_a_champion_of_somebody_s_hand_is_not_overwritten(store: Store) -> None:
    for name in ("v1", "v2"):
        store.versions.add(version(name))
    store.versions.promote("base", "first")
    run = started(store)
    store.versions.promote("v1", "by hand")
    with pytest.raises(NotPromotable, match="no longer the champion"):
        store.runs.promote(run, "mine", [], "v2", champion="base")
    assert (store.versions.champion(), store.runs.get(run).status) == ("v1", "running")
    store.runs.promote(run, "mine", [], "v2", champion="v1")
    assert store.versions.champion() == "v2"


def test_a_snapshot_is_kept_once_with_its_items(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    items = [SnapshotItem(piece, True, 0.5, "train")]
    cutoff = datetime(2026, 1, 1, tzinfo=UTC)
    kept = at_once(lambda _: store.runs.save_snapshot("hash", cutoff, items))
    assert kept == [kept[0]] * 8
    assert place.rows("SELECT completion_id, weight, split FROM dataset_item") == [(piece, 0.5, "train")]


def test_a_snapshot_of_an_unknown_piece_is_refused_whole(store: Store, place: Place) -> None:
    with pytest.raises(UnknownRow):
        store.runs.save_snapshot("hash", datetime.now(UTC), [SnapshotItem(999, True, 1, "train")])
    assert place.rows("SELECT count(*) FROM dataset_snapshot") == [(0,)]


def test_a_run_keeps_what_it_learned_from(store: Store) -> None:
    run = started(store)
    snapshot = store.runs.save_snapshot("hash", datetime.now(UTC), [])
    store.runs.attach(run, "mine", snapshot, "base")
    assert (store.runs.get(run).snapshot_id, store.runs.get(run).parent) == (snapshot, "base")
    with pytest.raises(UnknownRow):
        store.runs.attach(run, "mine", 999, "base")


def test_figures_are_replaced_on_the_same_suite_and_read_from_the_last(store: Store) -> None:
    run = started(store)
    store.figures.save(run, "base", "s1", [Figure("perplexity", 9, 10), Figure("distinct_2", 0.5, 10)])
    store.figures.save(run, "base", "s1", [Figure("perplexity", 8, 12, True, 7.5, 8.5)])
    assert store.figures.of("base") == [
        Figure("distinct_2", 0.5, 10),
        Figure("perplexity", 8, 12, True, 7.5, 8.5),
    ]
    store.figures.save(None, "base", "s2", [Figure("perplexity", 7, 10)])
    assert store.figures.of("base") == [Figure("perplexity", 7, 10)]
    assert store.figures.of("v9") == []


def test_figures_of_a_run_that_another_has_taken_up_are_not_kept(store: Store) -> None:
    run = started(store)
    store.figures.save(run, "base", "s1", [Figure("perplexity", 9, 10)], "mine")
    with pytest.raises(LeaseLost):
        store.figures.save(run, "base", "s1", [Figure("perplexity", 1, 10)], "another's")
    assert store.figures.of("base") == [Figure("perplexity", 9, 10)]


def test_a_figure_that_is_no_number_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="perplexity is not a number"):
        store.figures.save(None, "base", "s1", [Figure("perplexity", float("nan"), 1)])
    with pytest.raises(UnknownRow):
        store.figures.save(None, "v9", "s1", [Figure("perplexity", 1, 1)])
