"""One studio, one headless Chromium, and a new reader for each test."""

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from feedback.database import migrate
from feedback.store import Store
from studio.access import Access
from studio.app import Server, build, listen
from studio.parts import Parts
from tests.deadline import DEADLINE
from tests.installed import installed
from tests.studio.desk import Desk
from tests.studio.exhibition import exhibit
from tests.studio.steering import OneMachine, TestSteering
from tests.studio.stored_inbox import StoredInbox

FORMS = dict.fromkeys(
    ("poem", "haiku", "limerick", "quatrain", "sonnet", "story", "lyrics", "slogan", "quest"), "verse"
)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@dataclass
class Studio:
    url: str
    inbox: StoredInbox
    store: Store
    steering: TestSteering
    machine: OneMachine
    run: int  # The one in the exhibition.


def store_at(folder: Path) -> Store:
    url = f"sqlite:///{folder / 'rhapsode.db'}"
    migrate(url)
    return Store(url, b"key of the tests")


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    store = store_at(tmp_path_factory.mktemp("studio"))
    inbox = StoredInbox(store)
    run = exhibit(store)
    inbox.goes_on()
    steering, machine = TestSteering(store), OneMachine()
    parts = Parts(inbox, inbox, store, FORMS, lambda: {"broker": True}, steering, machine)
    app = build(parts, Access(), storage_secret="signs the cookies")
    listener, ready = listen("127.0.0.1", 0), Queue[str]()
    server = Server(listener, app, ready.put)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield Studio(ready.get(timeout=DEADLINE), inbox, store, steering, machine, run)
    server.should_exit = True
    thread.join(timeout=DEADLINE)
    assert not thread.is_alive()
    store.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    executable = installed(request.config, CHROMIUM, "make browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=QUIET.split())
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cached(browser: Browser) -> AsyncIterator[BrowserContext]:
    """What the browser has loaded once, it keeps from test to test: that saves most of their time."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 1000, "height": 900})
    context.set_default_timeout(DEADLINE * 1000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(cached: BrowserContext) -> AsyncIterator[Page]:
    """A new tab of a reader who has never been here. An error in its scripts fails the test."""
    await cached.clear_cookies()
    page, errors = await cached.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type in {"error", "warning"} else None)
    yield page
    await page.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def desk(studio: Studio, page: Page) -> Desk:
    """The page on which one writes."""
    await page.goto(studio.url)
    return Desk(page, studio.inbox)
