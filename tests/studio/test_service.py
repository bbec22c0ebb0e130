"""What machines ask: /healthz and /metrics."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from bots.messages import Incoming, Place, Reader
from feedback.store import Store
from studio.parts import Parts
from studio.service import routes
from tests.conftest import REPOSITORY
from tests.deadline import DEADLINE
from tests.studio.conftest import Studio, store_at
from tests.studio.steering import OneMachine, TestSteering
from tests.studio.stored_inbox import StoredInbox

READER = Reader("studio", "", "ada")


class Service:
    """The routes on a database of their own, with a broker that can go away."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = store_at(folder)
        self.inbox = StoredInbox(self.store)
        self.broker = True
        steering, machines = TestSteering(self.store), OneMachine()
        parts = Parts(self.inbox, self.inbox, self.store, {"poem": "verse"}, self.health, steering, machines)
        app = FastAPI()
        app.include_router(routes(parts))
        self.http = TestClient(app)

    def health(self) -> dict[str, bool]:
        return {"broker": self.broker}

    def figures(self) -> dict[str, float]:
        families = text_string_to_metric_families(self.http.get("/metrics").text)
        return {
            "".join([sample.name, *sample.labels.values()]): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    with service.http:
        yield service
    service.store.close()


def test_all_is_well(service: Service) -> None:
    answer = service.http.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "services": {"database": "ok", "broker": "ok"}}


def test_a_database_that_is_gone_is_named(service: Service, tmp_path: Path) -> None:
    (tmp_path / "rhapsode.db").unlink()

    answer = service.http.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["services"] == {"database": "does not answer", "broker": "ok"}


def test_a_broker_that_is_gone_is_named(service: Service) -> None:
    service.broker = False

    answer = service.http.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["services"] == {"database": "ok", "broker": "does not answer"}


def test_the_figures_are_those_of_the_database(service: Service) -> None:
    for number in (1, 2):
        service.inbox.ask(Incoming(f"key {number}", Place("studio", "", "ada"), READER, "rain"))
    reply = service.inbox.finish(1, "Rain.")
    service.store.ratings.rate("studio", "", "ada", reply.completion_id, 1.0, "button")

    figures = service.figures()

    assert figures["rhapsode_prompts"] == 2
    assert figures["rhapsode_prompts_waiting"] == 1
    assert figures["rhapsode_completions"] == 1
    assert (figures["rhapsode_ratingsup"], figures["rhapsode_ratingsdown"]) == (1, 0)
    assert figures["rhapsode_champion_infobase"] == 1


def test_every_figure_is_named_as_prometheus_wants_and_explained(service: Service, promtool: str) -> None:
    text = service.http.get("/metrics").text
    done = subprocess.run(  # noqa: S603 - a tool of Prometheus.
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    page = (REPOSITORY / "docs" / "monitoring.md").read_text(encoding="utf-8")
    named = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}

    assert (done.returncode, done.stderr) == (0, "")
    assert len(named) == 7
    assert {name for name in named if f"`{name}" not in page} == set()


def test_without_a_database_the_figures_say_only_that(service: Service, tmp_path: Path) -> None:
    (tmp_path / "rhapsode.db").unlink()

    figures = service.figures()

    assert figures == {"rhapsode_service_updatabase": 0, "rhapsode_service_upbroker": 1}


def test_the_studio_itself_answers_both(studio: Studio) -> None:
    assert httpx.get(f"{studio.url}/healthz", timeout=DEADLINE).json()["status"] == "ok"
    assert "rhapsode_champion_info" in httpx.get(f"{studio.url}/metrics", timeout=DEADLINE).text
