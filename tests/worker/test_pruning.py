"""Folders of refused candidates go; everything that may be needed again stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.records import VersionRecord
from tests.worker.test_bad_input import rhapsode
from tests.worker.test_retraining import parts_in
from worker.pruning import prunable


def record(number: int, status: str, kind: str = "lora", name: str = "") -> VersionRecord:
    hashes = ("b" * 64, "c" * 64, "d" * 64)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    name = name or f"v{number:04}-aaaaaaaa"
    return VersionRecord(name, str(number), kind, None, "small", *hashes, status, created_at=moment)


@pytest.mark.parametrize(("keep", "gone"), [(0, [1, 4, 5]), (1, [1, 4]), (9, [])])
def test_the_oldest_refused_ones_go_first(keep: int, gone: list[int], tmp_path: Path) -> None:
    statuses = ("rejected", "live", "quarantined", "rejected", "rejected", "retired", "candidate", "canary")
    versions = [record(number, status) for number, status in enumerate(statuses, start=1)]
    for version in versions:
        (tmp_path / version.name).mkdir()
    found = prunable([*versions, record(9, "rejected")], tmp_path, keep)
    assert found == [tmp_path / f"v{number:04}-aaaaaaaa" for number in gone]


def test_nothing_outside_of_the_models_is_ever_named(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "poems").mkdir()
    versions = [record(1, "rejected", name="../poems"), record(2, "rejected", "import", "poems")]
    assert prunable(versions, tmp_path / "models", 0) == []


def test_an_operator_prunes(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    folder = parts.settings.models / "base"  # The version of the other tests.
    folder.mkdir(parents=True)
    parts.store.versions.set_status("base", "rejected")
    parts.close()
    assert rhapsode(tmp_path, "models", "prune").stdout == "deleted: none\n"
    assert rhapsode(tmp_path, "models", "prune", "--keep", "0").stdout == "deleted: base\n"
    assert not folder.exists()
