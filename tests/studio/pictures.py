"""Pictures of the real studio: `python -m tests.studio.pictures CHROMIUM FOLDER` (see test_pictures.py)."""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from feedback.store import Store
from studio.access import Access
from studio.app import Server, build, listen
from studio.parts import Parts
from tests.deadline import DEADLINE
from tests.studio.conftest import FORMS, QUIET, store_at
from tests.studio.exhibition import exhibit, trial
from tests.studio.steering import OneMachine, TestSteering
from tests.studio.stored_inbox import StoredInbox

WIDTH = 1000  # Pixels.


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    path: str
    shows: tuple[str, ...]  # What must be on it, as Playwright's selectors.
    height: int = 900
    whole: bool = True  # As far down as the page goes.
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("studio", "/", ("text=5-7-5 ✓ · Haiku", "text=The night has a reading room.")),
    Picture(
        "studio-learning",
        "/learning",
        (
            "[aria-label='Loss by step'] svg",
            "[aria-label='Perplexity by epoch'] svg",
            "text=Liking by the critic · gained",
            "text=What it learned from",
            ".sample .piece-text",
        ),
        scheme="dark",
    ),
    Picture("studio-favourites", "/favourites", (".favourite", "text=秋夜"), height=700, whole=False),
    Picture(
        "studio-operations",
        "/operations",
        ("text=the champion", "text=Disk: 120 GiB free of 500 GiB", "text=NVIDIA H100 80GB HBM3"),
    ),
)


@contextmanager
def exhibited(folder: Path) -> Iterator[tuple[str, StoredInbox]]:
    """A studio whose rows are those of some weeks. In a process of its own: there is one NiceGUI in each."""
    store = store_at(folder)
    inbox = StoredInbox(store)
    exhibit(store)
    deliver(store)
    inbox.goes_on()
    steering = TestSteering(store)
    steering.on_trial = trial()
    parts = Parts(inbox, inbox, store, FORMS, lambda: {"broker": True}, steering, OneMachine())
    listener, ready = listen("127.0.0.1", 0), Queue[str]()
    server = Server(listener, build(parts, Access(), "signs the cookies"), ready.put)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield ready.get(timeout=DEADLINE), inbox
    finally:
        server.should_exit = True
        thread.join(timeout=DEADLINE)
        store.close()


def deliver(store: Store) -> None:
    """Show in Slack all that was written."""
    for prompt_id in range(1, store.statistics.overview().prompts + 1):
        for answer in store.prompts.state(prompt_id).answers:
            store.messages.sent(prompt_id, "slack", "C1", f"{prompt_id}", 0, answer.completion_id, last=True)


async def write_some(page: Page, inbox: StoredInbox) -> None:
    """A short conversation, as a reader has it."""
    for form, text, answers in CONVERSATION:
        await page.get_by_role("button", name=form, exact=True).click()
        await page.get_by_role("textbox").fill(text)
        await page.get_by_role("textbox").press("Enter")
        prompt = await inbox.asked_for(text)
        await inbox.followed(prompt.id)
        if len(answers) == 1:
            inbox.finish(prompt.id, answers[0], "5-7-5 ✓")
        else:
            inbox.finish_variants(prompt.id, *answers)
        await page.get_by_text(answers[0].splitlines()[0]).wait_for()
    await page.locator("article .verdict").first.click()


CONVERSATION = (
    (
        "Slogan",
        "two slogans for a library that never closes",
        ("Open past the last page.", "The night has a reading room."),
    ),
    (
        "Haiku",
        "a haiku about rain",
        ("Rain on the old roof,\nsoftly counting out the night.\nThe gutter keeps time.",),
    ),
)


async def take(browser: Browser, url: str, inbox: StoredInbox, picture: Picture, folder: Path) -> None:
    """Fails if something that belongs on the picture is not on the page."""
    context = await browser.new_context(
        locale="en-GB",
        color_scheme=picture.scheme,
        viewport={"width": WIDTH, "height": picture.height},
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(url + picture.path)
    await page.get_by_role("heading", name="Rhapsode").wait_for()
    if picture.path == "/":
        await write_some(page, inbox)
    for shown in picture.shows:
        await expect(page.locator(shown).first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=folder / f"{picture.name}.png", full_page=picture.whole)
    await context.close()


async def main(chromium: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as home, exhibited(Path(home)) as (url, inbox):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET.split())
            for picture in PICTURES:
                await take(browser, url, inbox, picture, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
