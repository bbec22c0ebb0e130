"""Figures of each process: what is counted, what is looked up, and where they are served."""

import socket
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bots.budget import Call, OpenBudget
from bots.messages import Incoming, MessageRef, Place, Reader, Refused, Sent, Vote
from feedback.records import Figure
from feedback.store import Store
from generation.engine import WritingFailed, WritingRequest
from retrain.gate import Margins, _demands
from tests.deadline import DEADLINE
from tests.worker.broker_running import running_broker
from tests.worker.conftest import Service as RunningService
from tests.worker.test_inbox import inbox_with
from tests.worker.test_writing import VERSION, PaperEngine, writing
from worker.broker import free_port
from worker.cron import next_after
from worker.measured_budget import MeasuredBudget
from worker.measured_inbox import MeasuredInbox
from worker.metrics.candidate import MEASURES
from worker.metrics.due import RetrainDue
from worker.metrics.exposition import exposed
from worker.metrics.machine import Machine
from worker.metrics.service import Service
from worker.metrics.training import Training
from worker.metrics.writing import LiveVersions
from worker.settings import Settings
from worker.tracing import NoTracing
from worker.up import ports_for_metrics

ANN, CHAT = Reader("slack", "T1", "ann"), Place("slack", "T1", "C1")


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def figures_of(*collectors: Collector) -> dict[str, float]:
    """Samples as Prometheus would read them, by name and labels' values."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return samples(generate_latest(registry).decode())


def samples(text: str) -> dict[str, float]:
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(port: int) -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=DEADLINE) as answer:
        return samples(answer.read().decode())


def measured(store: Store) -> MeasuredInbox:
    store.versions.add(VERSION)
    return MeasuredInbox(inbox_with(store), store, NoTracing(), "slack")


def test_what_is_asked_is_counted_once_and_what_is_refused_by_its_reason(store: Store) -> None:
    inbox = measured(store)
    before = counted("rhapsode_prompts_accepted_total", platform="slack")
    blocked = counted("rhapsode_prompts_refused_total", platform="slack", reason="blocked-prompt")
    for _ in range(2):
        inbox.ask(Incoming("k", CHAT, ANN, "rain"))
    with pytest.raises(Refused):
        inbox.ask(Incoming("other", CHAT, ANN, "Voldemort"))

    assert counted("rhapsode_prompts_accepted_total", platform="slack") == before + 1
    refused = counted("rhapsode_prompts_refused_total", platform="slack", reason="blocked-prompt")
    assert refused == blocked + 1


def test_a_prompts_way_leaves_its_figures(store: Store) -> None:
    inbox = measured(store)
    names = (
        "prompts_finished_total", "prompt_seconds_count", "queue_wait_seconds_count",
        "delivery_lag_seconds_count",
    )  # fmt: skip
    before = [counted(f"rhapsode_{name}", platform="slack") for name in names]
    tokens, texts = counted("rhapsode_tokens_written_total"), counted("rhapsode_first_token_seconds_count")
    prompt_id = inbox.ask(Incoming("k", CHAT, ANN, "a haiku about rain")).prompt_id
    writing(store, PaperEngine(lambda _: "Rain.")).write(prompt_id)
    [answer] = store.prompts.state(prompt_id).answers
    inbox.sent(Sent(prompt_id, MessageRef("slack", "C1", "1"), 0, answer.completion_id, last=True))

    assert [counted(f"rhapsode_{name}", platform="slack") for name in names] == [n + 1 for n in before]
    assert counted("rhapsode_tokens_written_total") == tokens + 5
    assert counted("rhapsode_first_token_seconds_count") == texts + 1


def test_what_cannot_be_written_is_counted_by_its_reason(store: Store) -> None:
    def fails(_: WritingRequest) -> str:
        raise WritingFailed("NaN")

    prompt_id = measured(store).ask(Incoming("k", CHAT, ANN, "rain")).prompt_id
    before = counted("rhapsode_prompts_failed_total", platform="slack", reason="writing-failed")
    writing(store, PaperEngine(fails)).write(prompt_id)

    assert counted("rhapsode_prompts_failed_total", platform="slack", reason="writing-failed") == before + 1


def test_a_prompt_whose_writers_all_crashed_is_counted_as_failed(store: Store) -> None:
    prompt_id = measured(store).ask(Incoming("k", CHAT, ANN, "rain")).prompt_id
    for _ in range(3):
        store.prompts.claim(prompt_id, -1, 3)  # Killed: its lease runs out.
    before = counted("rhapsode_prompts_failed_total", platform="slack", reason="writing-failed")
    for _ in range(2):
        writing(store, PaperEngine(lambda _: "Rain.")).write(prompt_id)

    assert store.prompts.state(prompt_id).status == "failed"
    assert counted("rhapsode_prompts_failed_total", platform="slack", reason="writing-failed") == before + 1


@pytest.mark.parametrize(
    ("value", "verdict"), [(1.0, "up"), (0.5, "up"), (-0.3, "down"), (0.0, "neutral"), (None, "cleared")]
)
def test_ratings_are_counted_by_four_verdicts(store: Store, value: float | None, verdict: str) -> None:
    inbox = measured(store)
    prompt_id = inbox.ask(Incoming("k", CHAT, ANN, "rain")).prompt_id
    writing(store, PaperEngine(lambda _: "Rain.")).write(prompt_id)
    [answer] = store.prompts.state(prompt_id).answers
    labels = {"platform": "slack", "source": "reaction", "verdict": verdict}
    before = counted("rhapsode_ratings_given_total", **labels)
    inbox.rate(Vote(ANN, value, "reaction", answer.completion_id))

    assert counted("rhapsode_ratings_given_total", **labels) == before + 1


def test_every_vote_swap_and_failure_that_may_come_has_its_series_from_zero(store: Store) -> None:
    MeasuredInbox(inbox_with(store), store, NoTracing(), "telegram")
    there = {
        (sample.labels["source"], sample.labels["verdict"])
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == "rhapsode_ratings_given_total" and sample.labels["platform"] == "telegram"
    }

    assert there == set(product(("button", "reaction", "command"), ("up", "down", "neutral", "cleared")))
    for slot in ("champion", "canary"):
        assert REGISTRY.get_sample_value("rhapsode_swaps_total", {"slot": slot}) is not None
    for platform in ("slack", "telegram", "studio", "terminal"):
        of_platform = {"platform": platform}
        assert REGISTRY.get_sample_value("rhapsode_prompts_finished_total", of_platform) is not None
        for reason in ("writing-failed", "blocked-text"):
            failed = of_platform | {"reason": reason}
            assert REGISTRY.get_sample_value("rhapsode_prompts_failed_total", failed) is not None


async def test_a_budget_counts_waits_and_what_it_leaves_out() -> None:
    budget = MeasuredBudget(OpenBudget(), "slack")
    names = ("call_wait_seconds_count", "rate_limited_total", "calls_left_out_total")
    before = [counted(f"rhapsode_{name}", platform="slack") for name in names]
    await budget.admit(Call("a", "send"))
    await budget.close("a", 60)
    await budget.admit(Call("a", "send"))

    assert [counted(f"rhapsode_{name}", platform="slack") for name in names] == [n + 1 for n in before]


def test_the_service_is_looked_at_through_its_rows_and_its_broker(store: Store, tmp_path: Path) -> None:
    measured(store).ask(Incoming("k", CHAT, ANN, "rain"))
    with running_broker(tmp_path / "broker") as broker:
        figures = figures_of(Service(store, broker.url))
        broker.stop()
        alone = figures_of(Service(store, broker.url))

    assert figures["rhapsode_prompts_open slack waiting"] == 1
    assert figures["rhapsode_prompts_open telegram waiting"] == 0
    assert figures["rhapsode_oldest_wait_seconds"] > 0
    assert (figures["rhapsode_queue_jobs write"], figures["rhapsode_queue_jobs train"]) == (0, 0)
    assert (figures["rhapsode_database_up"], figures["rhapsode_broker_up"]) == (1, 1)
    assert (alone["rhapsode_database_up"], alone["rhapsode_broker_up"]) == (1, 0)
    assert "rhapsode_queue_jobs write" not in alone


def test_what_an_operator_holds_back_is_a_figure_each(store: Store) -> None:
    def held_back() -> tuple[float, float]:
        figures = figures_of(Service(store, "redis://127.0.0.1:9/0"))
        return figures["rhapsode_paused"], figures["rhapsode_learning_paused"]

    assert held_back() == (0, 0)
    store.learning_pauses.begin()
    assert held_back() == (0, 1)
    store.pauses.begin()
    store.learning_pauses.end()
    assert held_back() == (1, 0)


def test_a_database_that_is_gone_is_a_figure(store: Store, tmp_path: Path) -> None:
    (tmp_path / "rhapsode.db").unlink()

    assert figures_of(Service(store, "redis://127.0.0.1:9/0")) == {
        "rhapsode_database_up": 0,
        "rhapsode_broker_up": 0,
    }
    assert figures_of(Training(store), RetrainDue(store, "30 3 * * *")) == {}


def test_runs_are_counted_from_zero_and_the_one_under_way_says_where_it_is(store: Store) -> None:
    store.versions.add(VERSION)
    before, began = figures_of(Training(store)), datetime.now(UTC).timestamp()
    done = store.runs.enqueue({})
    store.runs.start(done, "f")
    rules = [Figure("rule: words kept", 3, 12, True), Figure("rule: score gained", -0.1, 12, False)]
    store.figures.save(done, "base", "suite", [Figure("score", 0.25, 12), *rules])
    store.runs.finish(done, "f", "rejected", [], candidate="base")
    store.runs.save_snapshot("manifest", datetime.now(UTC), [])
    going = store.runs.enqueue({})
    store.runs.start(going, "f")
    store.runs.heartbeat(going, "f", {"stage": "training", "step": 3, "steps": 40, "loss": 1.5})
    figures = figures_of(Training(store))

    assert (before["rhapsode_retrain_runs_total failed"], before["rhapsode_retrain_running"]) == (0, 0)
    assert figures["rhapsode_retrain_runs_total rejected"] == 1
    assert figures["rhapsode_candidate_score"] == 0.25
    assert "rhapsode_candidate_perplexity" not in figures  # It was not measured.
    assert figures["rhapsode_gate_rule_passed words kept"] == 1
    assert figures["rhapsode_gate_rule_passed score gained"] == 0
    assert figures["rhapsode_dataset_items"] == 0
    assert figures["rhapsode_retrain_running"] == 1
    current = [figures[f"rhapsode_retrain_{name}"] for name in ("step", "steps", "loss", "epochs")]
    assert current == [3, 40, 1.5, 0]
    assert figures["rhapsode_retrain_last_run_timestamp_seconds rejected"] >= began


def test_a_run_is_due_by_the_schedule_from_the_last_one_or_from_the_first_version(store: Store) -> None:
    def due() -> float:
        return figures_of(RetrainDue(store, "30 3 * * 1"))["rhapsode_retrain_due_timestamp_seconds"]

    assert figures_of(RetrainDue(store, "30 3 * * 1")) == {}
    store.versions.add(VERSION)
    [version] = store.versions.all()
    assert due() == next_after(version.created_at, "30 3 * * 1").timestamp()
    run = store.runs.enqueue({})
    store.runs.start(run, "f")
    store.runs.finish(run, "f", "skipped", ["learning is paused"])
    ended = store.runs.get(run).finished_at
    assert ended is not None
    assert due() == next_after(ended, "30 3 * * 1").timestamp()
    assert 0 < due() - ended.timestamp() <= timedelta(weeks=1).total_seconds()


def test_every_measure_that_the_gate_asks_for_is_a_figure() -> None:
    assert {demand.metric for demand in _demands(Margins())} | {"score", "liking"} <= MEASURES.keys()


def test_a_writer_names_the_versions_that_write_now() -> None:
    slots = {"champion": "v1", "canary": "v2"}
    collector = LiveVersions(lambda: slots, "cpu")

    assert figures_of(collector) == {
        "rhapsode_version_info cpu champion v1": 1,
        "rhapsode_version_info cpu canary v2": 1,
    }
    del slots["canary"]
    assert figures_of(collector) == {"rhapsode_version_info cpu champion v1": 1}


def test_figures_are_served_on_loopback_while_a_process_runs(tmp_path: Path) -> None:
    port = free_port()
    with exposed(Settings(home=tmp_path, metrics_port=port), "trainer"):
        figures = read(port)
        with socket.socket() as elsewhere:
            elsewhere.settimeout(DEADLINE)
            assert elsewhere.connect_ex(("127.0.0.2", port)) != 0

    assert figures["rhapsode_process_info trainer"] == 1
    assert 0 < figures["rhapsode_disk_free_bytes"] <= figures["rhapsode_disk_size_bytes"]
    assert figures["process_resident_memory_bytes"] > 0
    with pytest.raises(OSError, match="refused"):
        read(port)


def test_a_port_that_is_taken_stops_no_process(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with exposed(Settings(home=tmp_path, metrics_port=taken.getsockname()[1]), "writer"):
            assert counted("rhapsode_process_info", process="writer") == 0


def test_processes_of_one_tree_have_ports_of_their_own_past_what_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        first = taken.getsockname()[1]
        ports = ports_for_metrics(Settings(metrics_port=first), 4)

    assert len(set(ports)) == 4
    assert first not in ports
    assert ports_for_metrics(Settings(metrics_port=0), 2) == [0, 0]


def test_names_and_units_are_as_prometheus_wants_them(promtool: str, tmp_path: Path, store: Store) -> None:
    registry = CollectorRegistry()
    store.versions.add(VERSION)
    due = RetrainDue(store, "30 3 * * *")
    for collector in (Service(store, "redis://127.0.0.1:9/0"), Training(store), Machine(tmp_path), due):
        registry.register(collector)
    for text in (generate_latest(registry), generate_latest(REGISTRY)):
        done = subprocess.run(  # noqa: S603 - a tool of Prometheus.
            [promtool, "check", "metrics"], input=text, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_processes_of_a_whole_service_serve_theirs(service: RunningService) -> None:
    service.chat("a slogan for a lighthouse", "--key", "figures")
    found = {}
    for process in ("writer", "trainer", "clock", "studio"):
        port = int(service.child(process).environ()["RHAPSODE_METRICS_PORT"])
        found[process] = read(port)
        assert found[process][f"rhapsode_process_info {process}"] == 1

    assert found["writer"]["rhapsode_prompts_finished_total terminal"] >= 1
    assert any(name.startswith("rhapsode_version_info") for name in found["writer"])
    assert found["clock"]["rhapsode_broker_up"] == 1
    assert found["clock"]["rhapsode_retrain_due_timestamp_seconds"] > 0
    assert found["trainer"]["rhapsode_retrain_runs_total failed"] == 0
