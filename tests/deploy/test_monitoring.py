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
from tests.deploy.test_compose import COMPOSE
from tests.deploy.test_kubernetes import MANIFESTS, SETS
from worker.metrics.due import RetrainDue
from worker.metrics.exposition import process_info
from worker.metrics.machine import Machine
from worker.metrics.service import Service
from worker.metrics.training import Training
from worker.metrics.writing import LiveVersions

MONITORING = REPOSITORY / "deploy" / "monitoring"
TESTS = ("alerts.test.yml", "days.test.yml")
PROCESSES = {"writer", "trainer", "clock", "studio", "slack", "telegram"}
_OF_KIND = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "info": ("_info",),
    "gauge": ("",),
}
_FIGURE = re.compile(r"\b(?:rhapsode|process)_\w+")
_PATTERN = re.compile(r'__name__=~"(rhapsode_\w+_)\.\+"')


def figures() -> Iterator[Metric]:
    nothing: Any = None  # What is described needs no database.
    yield from REGISTRY.collect()
    for collector in (
        Service(nothing, "redis://127.0.0.1:9"),
        Training(nothing),
        RetrainDue(nothing, ""),
        Machine(Path()),
        LiveVersions(dict, "cpu"),
        process_info("writer"),
    ):
        yield from collector.describe()


def stored(figure: Metric) -> set[str]:
    """What a figure is called where Prometheus stores it."""
    return {f"{figure.name}{end}" for end in _OF_KIND.get(figure.type, ())}


def names() -> set[str]:
    return {name for figure in figures() for name in stored(figure)}


def named_in(query: str) -> set[str]:
    """The figures that a query asks for; with a pattern, all whose names begin so."""
    beginnings = _PATTERN.findall(query)
    begun = [name for name in names() if name.startswith(tuple(beginnings))]
    assert len(begun) >= len(beginnings)
    return {*_FIGURE.findall(query), *begun} - set(beginnings)


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
        assert named_in(query) <= names()
        assert set(re.findall(r"rhapsode:[\w:]+", query)) <= recorded


def test_every_figure_of_ours_is_on_a_dashboard_or_in_a_rule() -> None:
    shown = [query for path in dashboards() for query in queries(path)]
    asked = {name for query in (*shown, *(rule["expr"] for rule in rules())) for name in named_in(query)}
    unseen = {
        figure.name
        for figure in figures()
        if figure.name.startswith("rhapsode_") and not stored(figure) & asked
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


def checked(promtool: str, folder: Path, *check: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a tool of Prometheus.
        [promtool, *check], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("check", [("check", "config", "prometheus.yml"), ("test", "rules", *TESTS)])
def test_prometheus_own_checker_agrees(promtool: str, check: tuple[str, ...]) -> None:
    done = checked(promtool, MONITORING, *check)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_for_a_cluster_is_one_of_prometheus(promtool: str, tmp_path: Path) -> None:
    config = yaml.safe_load((MONITORING / "kubernetes.yml").read_text(encoding="utf-8"))
    [job] = config["scrape_configs"]
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod"}]  # Debian's promtool does not know these.
    (tmp_path / "kubernetes.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "alerts.yml").write_bytes((MONITORING / "alerts.yml").read_bytes())
    done = checked(promtool, tmp_path, "check", "config", "kubernetes.yml")

    assert done.returncode == 0, done.stdout + done.stderr


def of_pod(pod: dict[str, Any], *, init: bool) -> dict[str, str]:
    """What Prometheus finds out about a container without ports, before it relabels."""
    about = {"label": pod["metadata"]["labels"], "annotation": pod["metadata"].get("annotations", {})}
    named = {
        f"__meta_kubernetes_pod_{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', name)}": value
        for kind, values in about.items()
        for name, value in values.items()
    }
    ours = {"__meta_kubernetes_pod_ip": "10.0.0.7", "__meta_kubernetes_pod_container_init": str(init).lower()}
    return named | ours | {"__address__": "10.0.0.7"}


def relabelled(labels: dict[str, str], configs: list[dict[str, Any]]) -> dict[str, str] | None:
    """As Prometheus does; None for what is not kept."""
    for config in configs:
        joined = ";".join(labels.get(name, "") for name in config["source_labels"])
        found = re.fullmatch(config.get("regex", "(.*)"), joined)
        if config.get("action") == "keep":
            if found is None:
                return None
        elif found is not None:
            filled = found.expand(config.get("replacement", "$1").replace("$", "\\"))
            labels = labels | {config["target_label"]: filled}
    return labels


def test_every_process_in_a_cluster_is_scraped_once_by_the_name_that_alerts_speak_of() -> None:
    [job] = yaml.safe_load((MONITORING / "kubernetes.yml").read_text(encoding="utf-8"))["scrape_configs"]
    pods = [MANIFESTS[name]["spec"]["template"] for name in SETS]
    found = [
        kept
        for pod in pods
        for init in (False, True)
        if (kept := relabelled(of_pod(pod, init=init), job["relabel_configs"])) is not None
    ]

    assert job["job_name"] == "rhapsode"
    assert sorted(kept["service"] for kept in found) == sorted(PROCESSES)
    assert {kept["__address__"] for kept in found} == {"10.0.0.7:9100"}


def test_every_process_is_scraped() -> None:
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = config["scrape_configs"]
    [found] = job["dns_sd_configs"]

    assert set(found["names"]) == PROCESSES
    assert found["port"] == 9100


def test_the_alertmanager_that_the_page_adds_fits(promtool: str, tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "monitoring.md").read_text(encoding="utf-8")
    added, told, reached = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    [(name, service)] = yaml.safe_load(added)["services"].items()
    routes, [manager] = yaml.safe_load(told), yaml.safe_load(reached)["alerting"]["alertmanagers"]
    config = (MONITORING / "prometheus.yml").read_text(encoding="utf-8") + reached
    (tmp_path / "prometheus.yml").write_text(config, encoding="utf-8")
    (tmp_path / "alerts.yml").write_bytes((MONITORING / "alerts.yml").read_bytes())
    done = checked(promtool, tmp_path, "check", "config", "prometheus.yml")

    assert done.returncode == 0, done.stdout + done.stderr
    assert manager["static_configs"] == [{"targets": [f"{name}:9093"]}]
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert routes["route"]["receiver"] in {one["name"] for one in routes["receivers"]}
