"""How versions are rated by the day, and what a dataset is made of."""

from dataclasses import replace
from datetime import timedelta

from feedback.records import SnapshotItem
from feedback.store import Store
from feedback.store.trends import RatedDay
from feedback.tables import now
from tests.feedback.pieces import COMPLETION, claimed, version, written


def rate(store: Store, completion: int, **values: float) -> None:
    for user, value in values.items():
        store.ratings.rate("slack", "T", user, completion, value, "button")


def test_a_reader_counts_once_for_a_piece_whatever_the_sources(store: Store) -> None:
    store.versions.add(version("v0001"))
    old = written(store).completion_id
    new = store.prompts.finish(*claimed(store), replace(COMPLETION, model_version="v0001")).completion_id
    rate(store, old, ada=1.0, bo=-1.0)
    store.ratings.rate("slack", "T", "ada", old, 1.0, "reaction")
    rate(store, new, ada=1.0)
    written(store)  # That nobody rated.

    today = now().date()
    assert store.trends.ratings(now() - timedelta(days=2)) == [
        RatedDay("base", today, liked=1, rated=2),
        RatedDay("v0001", today, liked=1, rated=1),
    ]
    assert store.trends.ratings(now() + timedelta(days=1)) == []


def test_a_dataset_is_told_in_counts(store: Store) -> None:
    pieces = [written(store, form=form).completion_id for form in ("haiku", "haiku", "poem")]
    for piece in pieces:
        rate(store, piece, ada=1.0, bo=1.0)
    items = [
        SnapshotItem(pieces[0], True, 1.0, "train"),
        SnapshotItem(pieces[1], False, 1.0, "train"),
        SnapshotItem(pieces[2], True, 1.0, "heldout"),
        SnapshotItem(None, True, 1.0, "train", "replay", text_sha256="0" * 64, source="sonnets"),
    ]
    snapshot = store.runs.save_snapshot("m" * 64, now(), items)

    found = store.trends.composition(snapshot)

    assert (found.items, found.left, found.asked, found.rated) == (4, 4, 1, 2)
    assert found.by_form == {("haiku", True): 1, ("haiku", False): 1}
    assert found.by_kind == {
        ("train", "rated", True): 1,
        ("train", "rated", False): 1,
        ("heldout", "rated", True): 1,
        ("train", "replay", True): 1,
    }
    assert store.trends.composition(99).items == 0
