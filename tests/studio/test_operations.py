"""What operators watch."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from feedback.store import Store
from tests.studio.conftest import Studio
from tests.studio.exhibition import written
from tests.studio.steering import GIB

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_queue_pace_writers_and_machine_are_seen(studio: Studio, page: Page) -> None:
    await page.goto(f"{studio.url}/operations")

    writers = page.get_by_role("region", name="Writers")
    await expect(writers.get_by_role("row").filter(has_text="v0001")).to_contain_text("another than")
    await expect(writers.get_by_role("row").filter(has_text="the champion").first).to_contain_text("2")
    await expect(page.locator("[data-count=first-token]")).to_contain_text("s / ")
    await expect(page.get_by_text("NVIDIA H100 80GB HBM3: 12 GiB of 80 GiB used, 37% busy")).to_be_visible()
    await expect(page.get_by_text("Disk: 120 GiB free of 500 GiB")).to_be_visible()


@pytest.fixture
def full_disk(studio: Studio) -> Iterator[None]:
    """And no GPU."""
    before = replace(studio.machine)
    studio.machine.free, studio.machine.gpus = 10 * GIB, ()
    yield
    studio.machine.free, studio.machine.gpus = before.free, before.gpus


def fail(store: Store) -> None:
    """Two runs, and one of two deliveries."""
    for number in range(2):
        run = store.runs.enqueue({"failing": number})
        store.runs.start(run, "fence")
        store.runs.finish(run, "fence", "failed", ["no room on the <i>disk</i>"])
    shown, lost = (written(store, number, "reader 1") for number in (100, 101))
    store.messages.sent(shown.prompt_id, "slack", "C1", "m1", 0, shown.completion_id, last=True)
    store.messages.close(lost.prompt_id, "channel_not_found")


@pytest.mark.usefixtures("full_disk")
async def test_what_failed_is_grouped_and_what_is_short_is_said(studio: Studio, page: Page) -> None:
    studio.inbox.goes_on_after(lambda: fail(studio.store))

    await page.goto(f"{studio.url}/operations")

    row = page.get_by_role("row").filter(has_text="no room on the <i>disk</i>")
    await expect(row).to_contain_text("Training run")
    await expect(row.locator(".column-n")).to_have_text("2")
    await expect(page.get_by_role("row", name="Delivery channel_not_found slack 1")).to_be_visible()
    delivery = page.get_by_role("region", name="Delivery").get_by_role("row").filter(has_text="slack")
    await expect(delivery.locator(".column-shown")).to_have_text("1")
    await expect(delivery.locator(".column-lag")).to_have_text(re.compile(r"^\d+\.\d s / \d+\.\d s$"))
    await expect(delivery.locator(".column-given-up")).to_have_text("1")
    await expect(page.get_by_text("Little room is left on the disk.")).to_be_visible()
    await expect(page.get_by_text("No writer reports a GPU.")).to_be_visible()
