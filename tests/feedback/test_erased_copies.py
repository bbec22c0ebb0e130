"""A text that was written more than once is learned from as one: each of its readers was learned from."""

import pytest

from feedback.records import NotPromotable, SnapshotItem
from feedback.store import Store
from tests.feedback.pieces import rate, version, written
from tests.feedback.test_erasure import learned, under_way

TEXT = "Rain falls on rain"
CARL, BOB = ("terminal", "", "carl"), ("terminal", "", "bob")


def copies(store: Store) -> tuple[int, int]:
    """Ada asked for the one and rated it; Bob asked for the other, which Carl rated."""
    one = written(store, TEXT, user="ada", theme="rain").completion_id
    other = written(store, TEXT, user="bob", theme="more rain").completion_id
    rate(store, one, 1.0, user="ada")
    rate(store, other, 1.0, user="carl")
    return one, other


@pytest.mark.parametrize("who", [CARL, BOB], ids=["rated the copy", "asked for the copy"])
def test_who_had_to_do_with_a_copy_was_learned_from(store: Store, who: tuple[str, str, str]) -> None:
    one, _ = copies(store)
    third = written(store, "Snow", user="ada").completion_id
    learned(store, "v1", [SnapshotItem(one, True, 1.0, "train")])
    learned(store, "v2", [SnapshotItem(third, True, 1.0, "train", "pair", one)])
    learned(store, "v3", [SnapshotItem(third, True, 1.0, "train")])
    removed = store.erasure.erase(*who)
    assert removed.versions == ("v1", "v2")
    assert len(removed.snapshots) == 2


@pytest.mark.parametrize("who", [CARL, BOB], ids=["rated the copy", "asked for the copy"])
def test_a_run_under_way_that_learned_through_a_copy_deploys_nothing(
    store: Store, who: tuple[str, str, str]
) -> None:
    one, _ = copies(store)
    run = under_way(store, [SnapshotItem(one, True, 1.0, "train")])
    store.versions.add(version("v1"))
    store.runs.made(run, "fence", "v1")
    store.erasure.erase(*who)
    with pytest.raises(NotPromotable, match="erased"):
        store.runs.promote(run, "fence", [], "v1")
    assert store.versions.champion() is None


def test_a_copy_of_later_was_not_learned_from(store: Store) -> None:
    first = written(store, TEXT, user="ada").completion_id
    learned(store, "v1", [SnapshotItem(first, True, 1.0, "train")])
    _, other = copies(store)
    learned(store, "v2", [SnapshotItem(other, True, 1.0, "train")])
    assert store.erasure.erase(*CARL).versions == ("v2",)
    assert store.erasure.erase(*BOB).versions == ("v2",)
