"""Versions are kept once, and one of them is champion."""

from dataclasses import replace

import pytest

from feedback.records import NameTaken, NotPromotable, UnknownRow
from feedback.store import Store
from feedback.store.versions import champions_before
from tests.feedback.pieces import BASE, at_once, version
from tests.feedback.places import Place


@pytest.fixture
def versions(store: Store) -> Store:
    """A store that also knows v1, v2 and v3."""
    for name in ("v1", "v2", "v3"):
        store.versions.add(version(name))
    return store


def test_a_version_is_kept_once(store: Store) -> None:
    store.versions.add(BASE)
    assert [v.name for v in store.versions.all()] == ["base"]
    assert store.versions.get("base").base_sha256 == BASE.base_sha256


def test_a_name_or_an_artifact_is_not_taken_twice(store: Store) -> None:
    with pytest.raises(NameTaken):
        store.versions.add(replace(BASE, artifact_sha256="f" * 64))
    with pytest.raises(NameTaken):
        store.versions.add(replace(BASE, name="other"))


def test_unknown_versions_are_said_to_be_unknown(store: Store) -> None:
    for ask in (
        lambda: store.versions.get("v9"),
        lambda: store.versions.promote("v9", "why"),
        lambda: store.versions.set_status("v9", "retired"),
        lambda: store.versions.add(replace(version("v1"), parent="v9")),
    ):
        with pytest.raises(UnknownRow):
            ask()


def test_promotion_retires_the_champion_before(versions: Store) -> None:
    assert versions.versions.champion() is None
    versions.versions.promote("base", "first")
    versions.versions.promote("v1", "better")
    assert versions.versions.champion() == "v1"
    assert versions.versions.get("base").status == "retired"
    assert versions.versions.get("v1").status == "live"
    first, second = versions.versions.deployments()
    assert (first.model_version, first.ended_at) == ("base", second.started_at)
    assert (second.reason, second.ended_at, second.rollback) == ("better", None, False)


def test_promoting_the_champion_changes_nothing(versions: Store) -> None:
    versions.versions.promote("v1", "better")
    versions.versions.promote("v1", "again")
    assert len(versions.versions.deployments()) == 1


@pytest.mark.parametrize("status", ["rejected", "quarantined"])
def test_what_was_refused_needs_force(versions: Store, status: str) -> None:
    versions.versions.set_status("v1", status)
    with pytest.raises(NotPromotable, match=status):
        versions.versions.promote("v1", "please")
    versions.versions.promote("v1", "please", force=True)
    assert versions.versions.champion() == "v1"


def test_simultaneous_promotions_leave_one_champion(versions: Store, place: Place) -> None:
    names = ["base", "v1", "v2", "v3"] * 2
    outcomes = at_once(lambda number: versions.versions.promote(names[number], "race"))
    assert outcomes == [None] * 8
    assert place.rows("SELECT count(*) FROM deployment WHERE ended_at IS NULL") == [(1,)]
    assert place.rows("SELECT name FROM model_version WHERE status = 'live'") == [
        (versions.versions.champion(),)
    ]


def test_rollback_goes_back_and_further_back_and_no_further(versions: Store) -> None:
    for name in ("base", "v1", "v2"):
        versions.versions.promote(name, "better")
    assert [versions.versions.rollback("worse") for _ in range(2)] == ["v1", "base"]
    with pytest.raises(UnknownRow):
        versions.versions.rollback("worse")
    assert versions.versions.champion() == "base"
    assert versions.versions.get("v2").status == "retired"
    assert versions.versions.deployments()[-1].rollback


def test_rollback_passes_over_what_was_refused(versions: Store) -> None:
    for name in ("base", "v1", "v2"):
        versions.versions.promote(name, "better")
    versions.versions.set_status("v1", "quarantined")
    assert versions.versions.rollback("worse") == "base"
    assert versions.versions.get("v1").status == "quarantined"


@pytest.mark.parametrize(
    ("history", "before"),
    [
        ([], []),
        ([("a", False)], []),
        ([("a", False), ("b", False), ("c", False)], ["b", "a"]),
        ([("a", False), ("b", False), ("a", False)], ["b", "a"]),
        ([("a", False), ("b", False), ("a", True)], []),
        ([("a", False), ("b", False), ("a", True), ("c", False)], ["a"]),
        ([("a", False), ("b", False), ("c", False), ("b", True)], ["a"]),
    ],
)
def test_the_way_back(history: list[tuple[str, bool]], before: list[str]) -> None:
    assert champions_before(history) == before
