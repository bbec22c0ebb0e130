"""Versions in words, and as commands."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feedback.records import Figure
from feedback.store.lineage import VersionOrigin
from tests.feedback.pieces import BASE, version, written
from worker.cli import app
from worker.parts import Parts
from worker.settings import Settings
from worker.version_pages import (
    dataset_differences,
    figure_differences,
    figure_line,
    recipe_differences,
    side_by_side,
)

A = VersionOrigin(
    "a", "base", "live", config={"recipe": {"rank": 8, "beta": 0.1}}, rows={1: (True, 1.0, "train")}
)


def test_datasets_differ_by_what_was_added_removed_and_changed() -> None:
    b = replace(A, rows={1: (True, 0.5, "train"), 2: (False, 1.0, "train")})
    assert dataset_differences(A, b) == {"added": [2], "removed": [], "changed": [1]}
    assert dataset_differences(b, A) == {"added": [], "removed": [2], "changed": [1]}


def test_recipes_differ_by_path() -> None:
    assert recipe_differences(A, replace(A, config={"recipe": {"rank": 16, "beta": 0.1}})) == {
        "recipe.rank": (8, 16)
    }


def test_figures_that_only_one_has_are_shown_and_rules_are_not() -> None:
    a = {"form": Figure("form", 0.5, 48), "rule: form kept": Figure("rule: form kept", 0.0, 48)}
    assert figure_differences(a, {"score": Figure("score", 0.1, 48)}) == {
        "form": (0.5, None),
        "score": (None, 0.1),
    }


def test_a_figure_has_its_interval_and_its_verdict() -> None:
    line = figure_line(Figure("rule: form kept", -0.2, 48, False, -0.3, -0.1))
    assert " ".join(line.split()) == "rule: form kept -0.2000 -0.3000 … -0.1000 n = 48 FAILED"


def test_texts_stand_side_by_side() -> None:
    assert list(side_by_side("rain\nfog", "sun", 6)) == ["  rain   │ sun", "  fog    │"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """A store that the commands find, with v1, which was quarantined."""
    monkeypatch.setenv("RHAPSODE_HOME", str(tmp_path))
    parts = Parts(Settings(home=tmp_path))
    for new in (BASE, version("v1")):
        parts.store.versions.add(new)
    parts.store.versions.promote("base", "first")
    parts.store.versions.set_status("v1", "quarantined")
    return parts


def told(*command: str) -> dict[str, object]:
    result = CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_completions_lineage_leads_to_the_base(home: Parts) -> None:
    completion = written(home.store).completion_id
    found = told("models", "lineage", str(completion))
    assert found["text"]["model_version"] == "base"  # type: ignore[index]
    assert [v["name"] for v in told("models", "lineage", "v1")["versions"]] == ["v1", "base"]  # type: ignore[attr-defined]
    home.close()


def test_two_versions_are_compared_without_writing(home: Parts) -> None:
    found = told("models", "diff", "base", "v1", "--samples", "0")
    assert (found["same_suite"], found["samples"]) == (False, [])
    home.close()


def test_a_trial_is_shown_with_its_evidence(home: Parts) -> None:
    home.store.versions.set_status("v1", "candidate")
    home.store.versions.set_canary("v1", 0.25, "by hand")
    found = told("models", "canary")
    assert (found["canary"], found["readers"], found["next"]) == ("v1", 0, "wait")
    home.close()


def test_nobody_has_chosen_yet(home: Parts) -> None:
    assert told("models", "positions")["choices"] == 0
    home.close()
