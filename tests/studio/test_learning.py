"""The operator's look at what was learned."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from studio.learning_page import figures
from tests.studio.desk import Desk
from tests.studio.stored_inbox import VERSION


@pytest.mark.asyncio(loop_scope="session")
async def test_counts_versions_runs_and_deployments_are_shown(desk: Desk) -> None:
    store, page = desk.inbox.store, desk.page
    await desk.ask_and_read("to be counted", "One more.")
    better = replace(VERSION, name="v0001-cafe", artifact_sha256="e" * 64, parent="base")
    store.versions.add(replace(better, metrics={"perplexity": 23.456, "distinct_2": 0.81}))
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    store.runs.finish(run, "fence", "skipped", ["only 3 rated pieces, 20 are needed"])

    await page.get_by_role("link", name="Learning").click()

    completions = str(store.statistics.overview().completions)
    await expect(page.locator("[data-count=completions]")).to_have_text(completions)
    await expect(page.locator("[data-count=champion]")).to_have_text("base")
    row = page.get_by_role("row", name="v0001-cafe")
    await expect(row).to_contain_text("perplexity 23.5 · distinct_2 0.81")
    await expect(page.get_by_role("row", name=f"#{run}")).to_contain_text("only 3 rated pieces")
    await expect(page.get_by_role("region", name="Deployments")).to_contain_text("the first version")


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
