"""What was learned, as operators see it and steer it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from threading import Event

import pytest
from playwright.async_api import Page, expect

from bots.texts import is_sentence
from feedback.store.trends import RatedDay
from retrain.gate import Margins, _demands
from studio.charts import losses, perplexities, trend
from studio.figures import figures, size
from studio.steer_bar import progress
from studio.steering import CannotSteer
from studio.visitor import Visitor
from tests.deadline import DEADLINE, until
from tests.studio.conftest import Studio
from tests.studio.desk import Desk
from tests.studio.exhibition import BETTER, trial
from tests.studio.stored_inbox import VERSION

in_the_browser = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def on_trial(studio: Studio) -> Iterator[None]:
    studio.steering.on_trial = trial()
    yield
    studio.steering.on_trial = studio.steering.refusal = None


async def learning(studio: Studio, page: Page) -> None:
    await page.goto(f"{studio.url}/learning")
    await expect(page.get_by_role("heading", name="Model versions")).to_be_visible()


@in_the_browser
async def test_counts_versions_runs_and_deployments_are_shown(desk: Desk) -> None:
    store, page = desk.inbox.store, desk.page
    await desk.ask_and_read("to be counted", "One more.")
    better = replace(VERSION, name="v0009-feed", artifact_sha256="9" * 64, parent="base")
    store.versions.add(replace(better, metrics={"perplexity": 23.456, "distinct_2": 0.81}))
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    store.runs.finish(run, "fence", "skipped", ["only 3 rated pieces, 20 are needed"])

    await page.get_by_role("link", name="Learning").click()

    completions = str(store.statistics.overview().completions)
    await expect(page.locator("[data-count=completions]")).to_have_text(completions)
    await expect(page.locator("[data-count=champion]")).to_have_text("base")
    row = page.get_by_role("row", name="v0009-feed")
    await expect(row).to_contain_text("perplexity 23.5 · distinct_2 0.81")
    runs = page.get_by_role("region", name="Training runs")
    await expect(runs.get_by_role("row").filter(has_text=f"#{run}")).to_contain_text("only 3 rated pieces")
    await expect(page.get_by_role("region", name="Deployments")).to_contain_text("the first version")


@in_the_browser
async def test_a_run_is_looked_at_closely(studio: Studio, page: Page) -> None:
    await learning(studio, page)
    await page.get_by_role("button", name=f"Look at run {studio.run}", exact=True).click()

    rule = page.get_by_role("row").filter(has_text="Liking by the critic · gained")
    await expect(rule).to_contain_text("passed")
    await expect(rule).to_contain_text("+0.031 … +0.204")
    await expect(page.get_by_role("img", name="Loss by step").locator("svg path").first).to_be_attached()
    curve = page.get_by_role("img", name="Perplexity by epoch")
    await expect(curve.locator("svg path").first).to_be_attached()
    await expect(curve.get_by_text("Perplexity, favourites held back")).to_be_attached()
    await expect(page.get_by_text("Nearly the same as another text")).to_be_visible()
    await expect(page.get_by_text("8 readers asked")).to_be_visible()
    before, after = await page.locator(".sample .piece-text").all()
    assert "the train is at the station" in await before.inner_text()
    assert "one glove is left" in await after.inner_text()


@in_the_browser
async def test_a_running_run_is_drawn_as_it_goes_and_the_focus_stays(studio: Studio, page: Page) -> None:
    runs = studio.store.runs
    run = runs.enqueue({"live": True})
    runs.start(run, "fence")
    runs.heartbeat(run, "fence", {"stage": "training", "losses": [(1, 3.0), (2, 2.0)]})
    await learning(studio, page)
    line = page.get_by_role("img", name="Loss by step").locator("svg path[stroke='var(--accent)']").first
    shape = await line.get_attribute("d")
    await page.get_by_role("button", name="Run now").focus()

    runs.heartbeat(run, "fence", {"stage": "training", "losses": [(1, 3.0), (2, 2.0), (3, 1.0)]})

    await expect(line).not_to_have_attribute("d", shape or "")
    await expect(page.get_by_role("button", name="Run now")).to_be_focused()
    runs.finish(run, "fence", "failed", ["it was stopped"])


@in_the_browser
@pytest.mark.usefixtures("on_trial")
async def test_an_operator_promotes_rolls_back_pauses_and_has_a_run_started(
    studio: Studio, page: Page
) -> None:
    await learning(studio, page)
    said = page.get_by_role("status").filter(has_text="Done.")
    await expect(page.get_by_text("7 of 31 readers who count have tried it; +0.24")).to_be_visible()

    await page.get_by_role("button", name="Run now").press("Enter")
    await expect(said).to_be_visible()
    assert studio.steering.runs == 1
    await page.get_by_role("button", name=f"Promote {BETTER}").click()
    await expect(page.locator("[data-count=champion]")).to_have_text(BETTER)
    await page.get_by_role("button", name="Roll back").click()
    await expect(page.locator("[data-count=champion]")).to_have_text("base")
    await page.get_by_role("button", name="Roll back").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Pause learning")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("Learning is paused: no run begins")).to_be_visible()
    assert studio.store.learning_pauses.paused()
    await page.get_by_role("button", name="Learn again").click()
    await expect(page.get_by_text("Learning is paused")).to_be_hidden()
    await page.get_by_role("button", name="Pause requests").click()
    await expect(page.get_by_text("Paused: no requests are taken")).to_be_visible()
    await page.get_by_role("button", name="Take requests again").click()
    await expect(page.get_by_role("button", name="Pause requests")).to_be_visible()
    assert not studio.store.pauses.paused()
    assert not studio.store.learning_pauses.paused()
    await page.get_by_role("button", name="End the trial").click()
    await expect(page.get_by_text("On trial")).to_be_hidden()


@in_the_browser
async def test_what_is_asked_for_while_the_page_looks_again_is_done_too(
    studio: Studio, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await learning(studio, page)
    looks_on, steering = Event(), studio.steering

    def looks_long() -> None:
        looks_on.wait(DEADLINE)

    monkeypatch.setattr(steering, "trial", looks_long)
    try:
        for _ in range(2):
            before = steering.runs
            await page.get_by_role("button", name="Run now").click()
            await until(partial(steering.asked_since, before), "a run was asked for")
            await expect(page.get_by_role("status").filter(has_text="Done.")).to_be_visible()
    finally:
        looks_on.set()


@in_the_browser
@pytest.mark.usefixtures("on_trial")
async def test_what_cannot_be_done_is_said_and_is_only_text(
    studio: Studio, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.steering.refusal = CannotSteer("<b>sha256</b> is another one")
    await learning(studio, page)

    await page.get_by_role("button", name=f"Promote {BETTER}").click()

    await expect(page.get_by_text("Not done: <b>sha256</b> is another one")).to_be_visible()
    runs = studio.steering.runs
    monkeypatch.setattr(Visitor, "operates", False)  # The button is there, and the right is gone.
    await page.get_by_role("button", name="Run now").click()
    await expect(page.get_by_text("Only operators can do that here.")).to_be_visible()
    assert studio.steering.runs == runs


def test_every_rule_has_a_word() -> None:
    demands = [demand.metric for demand in _demands(Margins())]
    names = {name.replace("_", "-") for name in (*demands, "score", "liking", "contrast", "wins")}

    assert [name for name in sorted(names) if not is_sentence(f"studio-metric-{name}")] == []


def test_a_trend_is_a_line_in_its_interval() -> None:
    days = [RatedDay("v1", date(2026, 1, 1), 3, 4), RatedDay("v1", date(2026, 1, 2), 1, 4)]

    line, low, width = trend(days)["series"]

    assert line["data"] == [["2026-01-01", 75.0], ["2026-01-02", 25.0]]
    assert low["data"][0] == ("2026-01-01", 30.1)
    assert low["data"][0][1] + width["data"][0][1] == pytest.approx(95.4, abs=0.2)


def test_only_the_versions_rated_last_are_drawn() -> None:
    days = [RatedDay(f"v{n}", date(2026, 1, n), 1, 2) for n in range(1, 8)]

    assert [one["name"] for one in trend(days)["series"] if one["name"]] == ["v7", "v6", "v5", "v4"]


def test_curves_are_drawn_as_far_as_they_are_known() -> None:
    assert losses([(1, 3.0)], "Loss")["series"][0]["data"] == [[1, 3.0]]
    epochs = [{"dev_perplexity": 30.0}, {"dev_perplexity": 20.0, "test_perplexity": 21.0}]
    dev, test = perplexities(epochs, {"dev_perplexity": "dev", "test_perplexity": "test"})["series"]
    assert (dev["data"], test["data"]) == ([[1, 30.0], [2, 20.0]], [[2, 21.0]])


def test_a_curve_of_perplexity_begins_with_what_was_before() -> None:
    [line] = perplexities([{"heldout_perplexity": 20.0}], {"heldout_perplexity": "held"}, 30.0)["series"]

    assert line["data"] == [[0, 30.0], [1, 20.0]]


@pytest.mark.parametrize(
    ("value", "needed", "way"),
    [(1.0, 20.0, 0.0), (20.0, 20.0, 1.0), (0.2, 20.0, 0.0), (400.0, 20.0, 1.0), (4.4721, 20.0, 0.5)],
)
def test_evidence_is_measured_in_factors(value: float, needed: float, way: float) -> None:
    assert progress(value, needed) == pytest.approx(way, abs=0.001)


@pytest.mark.parametrize(
    ("bytes_", "told"), [(0, "0 B"), (1536, "1.5 KiB"), (120 << 30, "120 GiB"), (1 << 50, "1024 TiB")]
)
def test_sizes_are_told_in_fitting_units(bytes_: int, told: str) -> None:
    assert size(bytes_) == told


@pytest.mark.parametrize(
    ("metrics", "line"),
    [
        ({}, ""),
        ({"loss": 1.23456, "step": 7}, "loss 1.23 · step 7"),
        ({"perplexity": float("inf"), "tokens": 123456.0}, "perplexity inf · tokens 123,456"),
        ({"passed": True, "why": {"deep": 1}}, "passed True"),
    ],
)
def test_metrics_fit_one_line(metrics: dict[str, object], line: str) -> None:
    assert figures(metrics) == line
