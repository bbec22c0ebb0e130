"""Alerts and dashboards speak of figures that exist, and alerts fire when they should."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.core import Metric

import worker.measured_budget
import worker.measured_inbox
import worker.writing  # noqa: F401 - their figures are registered when they are imported.
from tests.conftest import REPOSITORY
from worker.metrics.exposition import process_info
from worker.metrics.machine import Machine
from worker.metrics.service import Service
from worker.metrics.training import Training
from worker.metrics.writing import LiveVersions

MONITORING = REPOSITORY / "deploy" / "monitoring"
TESTS = ("alerts.test.yml", "ratings.test.yml")
_OF_KIND = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "info": ("_info",),
    "gauge": ("",),
}
_FIGURE = re.compile(r"\b(?:rhapsode|process)_\w+")


def figures() -> Iterator[Metric]:
    nothing: Any = None  # What is described needs no database.
    yield from REGISTRY.collect()
    for collector in (
        Service(nothing, "redis://127.0.0.1:9"),
        Training(nothing),
        Machine(Path()),
        LiveVersions(dict, "cpu"),
        process_info("writer"),
    ):
        yield from collector.describe()


def names() -> set[str]:
    """Every figure as Prometheus stores it."""
    return {f"{figure.name}{end}" for figure in figures() for end in _OF_KIND.get(figure.type, ())}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboards() -> list[Path]:
    return sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))


def queries(dashboard: Path) -> list[str]:
    board = json.loads(dashboard.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return asked + [note["expr"] for note in board["annotations"]["list"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_speaks_of_figures_that_exist(rule: dict[str, Any]) -> None:
    asked = set(_FIGURE.findall(rule["expr"]))

    assert asked <= names()
    assert asked or "rhapsode:" in rule["expr"] or "up{" in rule["expr"]


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda path: path.stem)
def test_a_dashboard_speaks_of_figures_that_exist(dashboard: Path) -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for query in queries(dashboard):
        assert set(_FIGURE.findall(query)) <= names()
        assert set(re.findall(r"rhapsode:[\w:]+", query)) <= recorded


def test_every_figure_of_ours_is_on_a_dashboard_or_in_a_rule() -> None:
    asked = " ".join(
        [*(rule["expr"] for rule in rules()), *(q for path in dashboards() for q in queries(path))]
    )
    unseen = {
        figure.name
        for figure in figures()
        if figure.name.startswith("rhapsode_") and figure.name not in asked
    }

    assert unseen == {"rhapsode_process"}  # Which process it is, the scraped address says.


def test_every_alert_says_what_to_do_and_has_a_case_that_fires() -> None:
    cases = [
        case
        for file in TESTS
        for test in yaml.safe_load((MONITORING / file).read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
    ]
    fired = {case["alertname"] for case in cases if case["exp_alerts"]}

    assert {rule["alert"] for rule in rules() if "alert" in rule} == fired
    for rule in rules():
        if "alert" in rule:
            assert set(rule["annotations"]) == {"summary", "description"}
            assert rule["labels"]["severity"] in {"warning", "critical"}


@pytest.mark.parametrize("check", [("check", "config", "prometheus.yml"), ("test", "rules", *TESTS)])
def test_prometheus_own_checker_agrees(promtool: str, check: tuple[str, ...]) -> None:
    done = subprocess.run(  # noqa: S603 - a tool of Prometheus.
        [promtool, *check], cwd=MONITORING, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_is_scraped() -> None:
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = config["scrape_configs"]
    [found] = job["dns_sd_configs"]

    assert set(found["names"]) == {"writer", "trainer", "clock", "studio", "slack", "telegram"}
    assert found["port"] == 9100
