"""The site builds without a warning, fetches nothing from other hosts, and its references are up to date."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from prometheus_client.core import Metric

from tests.conftest import REPOSITORY
from tests.deploy.test_monitoring import figures

DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603 - our own command.
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=REPOSITORY, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder


class Fetched(HTMLParser):
    """What a browser loads by itself when it opens a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source"}:
            self.addresses.append(given.get("src") or "")
        if tag == "link" and given.get("rel") in {"stylesheet", "preconnect", "preload", "icon"}:
            self.addresses.append(given.get("href") or "")


def pages(entries: list[object]) -> Iterator[str]:
    """The files that the navigation names."""
    for entry in entries:
        [place] = entry.values() if isinstance(entry, dict) else [entry]
        if isinstance(place, list):
            yield from pages(place)
        else:
            yield str(place)


def test_no_page_fetches_anything_from_another_host(site: Path) -> None:
    opened = 0
    for page in site.rglob("*.html"):
        fetched = Fetched()
        fetched.feed(page.read_text(encoding="utf-8"))
        opened += 1
        assert [one for one in fetched.addresses if re.match(r"(https?:)?//", one)] == [], page

    assert opened > 15


def test_every_page_is_in_the_navigation() -> None:
    navigation = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]

    assert {page.name for page in DOCS.glob("*.md")} == set(pages(navigation))


def test_the_reference_of_the_command_line_is_that_of_the_commands(tmp_path: Path) -> None:
    made = tmp_path / "cli.md"
    command = ["utils", "docs", "--name", "rhapsode", "--title", "The command line", "--output", str(made)]
    subprocess.run(  # noqa: S603 - as CONTRIBUTING.md says.
        [Path(sys.executable).with_name("typer"), "worker.cli", *command],
        cwd=REPOSITORY, capture_output=True, check=True,
    )  # fmt: skip

    assert made.read_text(encoding="utf-8") == (DOCS / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", list(figures()), ids=lambda figure: figure.name)
def test_every_figure_of_ours_is_explained(figure: Metric) -> None:
    if figure.name.startswith("rhapsode_"):
        assert f"`{figure.name}" in (DOCS / "monitoring.md").read_text(encoding="utf-8")


def test_every_alert_is_explained() -> None:
    groups = yaml.safe_load((REPOSITORY / "deploy/monitoring/alerts.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"] for group in groups["groups"] for rule in group["rules"] if "alert" in rule}

    assert (
        set(re.findall(r"\bRhapsode[A-Z]\w+", (DOCS / "monitoring.md").read_text(encoding="utf-8"))) == alerts
    )
