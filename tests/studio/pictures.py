"""Pictures of the real studio for the docs: `python -m tests.studio.pictures docs` (needs Chromium)."""

import asyncio
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from studio.access import Access
from studio.app import Server, build, listen
from studio.parts import Parts
from tests.studio.conftest import CHROMIUM, FORMS, QUIET, store_at
from tests.studio.exhibition import exhibit, trial
from tests.studio.steering import OneMachine, TestSteering
from tests.studio.stored_inbox import StoredInbox


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    path: str
    width: int = 1000
    height: int = 900
    locale: str = "en-GB"
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("studio", "/"),
    Picture("studio-learning", "/learning", height=1250, scheme="dark"),
    Picture("studio-favourites", "/favourites", height=700),
    Picture("studio-operations", "/operations", height=800),
)


@contextmanager
def exhibited(folder: Path) -> Iterator[tuple[str, StoredInbox]]:
    """A studio whose rows are those of some weeks."""
    store = store_at(folder)
    inbox = StoredInbox(store)
    exhibit(store)
    inbox.goes_on()
    steering = TestSteering(store)
    steering.on_trial = trial()
    parts = Parts(inbox, inbox, store, FORMS, lambda: {"broker": True}, steering, OneMachine())
    listener, ready = listen("127.0.0.1", 0), Queue[str]()
    server = Server(listener, build(parts, Access(), "signs the cookies"), ready.put)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield ready.get(timeout=20), inbox
    server.should_exit = True
    thread.join(timeout=20)
    store.close()


async def write_some(page: Page, inbox: StoredInbox) -> None:
    """A short conversation, as a reader has it."""
    for text, answers in CONVERSATION.items():
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


CONVERSATION = {
    "two slogans for a library that never closes": (
        "Open past the last page.",
        "The night has a reading room.",
    ),
    "a haiku about rain": ("Rain on the old roof,\nsoftly counting out the night.\nThe gutter keeps time.",),
}


async def take(browser: Browser, url: str, inbox: StoredInbox, picture: Picture, folder: Path) -> None:
    context = await browser.new_context(
        locale=picture.locale,
        color_scheme=picture.scheme,
        viewport={"width": picture.width, "height": picture.height},
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(url + picture.path)
    await page.get_by_role("heading", name="Rhapsode").wait_for()
    if picture.path == "/":
        await write_some(page, inbox)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=folder / f"{picture.name}.png")
    await context.close()


async def main(folder: Path, pictures: tuple[Picture, ...] = PICTURES) -> None:
    executable = next(filter(None, map(shutil.which, CHROMIUM)))
    with tempfile.TemporaryDirectory() as home, exhibited(Path(home)) as (url, inbox):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=executable, args=QUIET.split())
            for picture in pictures:
                await take(browser, url, inbox, picture, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
