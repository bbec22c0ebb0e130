"""What operators watch."""

import pytest
from playwright.async_api import Page, expect

from tests.studio.conftest import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_queue_pace_writers_and_machine_are_seen(studio: Studio, page: Page) -> None:
    await page.goto(f"{studio.url}/operations")

    writers = page.get_by_role("region", name="Writers")
    await expect(writers.get_by_role("row").filter(has_text="v0001")).to_contain_text("another than")
    await expect(writers.get_by_role("row").filter(has_text="the champion").first).to_contain_text("2")
    await expect(page.locator("[data-count=first-token]")).to_contain_text("s / ")
    await expect(page.get_by_text("NVIDIA H100 80GB HBM3: 12 GiB of 80 GiB used, 37% busy")).to_be_visible()
    await expect(page.get_by_text("Disk: 120 GiB free of 500 GiB")).to_be_visible()


async def test_what_failed_is_grouped(studio: Studio, page: Page) -> None:
    runs = studio.store.runs
    for number in range(2):
        run = runs.enqueue({"failing": number})
        runs.start(run, "fence")
        runs.finish(run, "fence", "failed", ["no room on the <i>disk</i>"])

    await page.goto(f"{studio.url}/operations")

    row = page.get_by_role("row").filter(has_text="no room on the <i>disk</i>")
    await expect(row).to_contain_text("Training run")
    await expect(row.locator(".column-n")).to_have_text("2")
