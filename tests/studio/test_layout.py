"""The page fits a phone, and works without a mouse."""

import pytest
from playwright.async_api import expect

from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("path", ["/", "/learning", "/favourites", "/operations"])
async def test_a_phone_is_wide_enough(desk: Desk, path: str) -> None:
    page = desk.page
    await page.set_viewport_size({"width": 360, "height": 800})
    await desk.ask_and_read("w" * 300 + path[1:], "unbreakable" * 60 + "\n" + "many words " * 60)

    await page.goto(page.url.rstrip("/") + path)

    await expect(page.get_by_role("heading", name="Rhapsode")).to_be_visible()
    assert not await page.evaluate(TOO_WIDE)


async def test_all_of_it_works_with_the_keyboard(desk: Desk) -> None:
    await expect(desk.box).to_be_focused()
    await desk.page.keyboard.press("Shift+Tab")  # The last chip.
    await desk.page.keyboard.press("Space")
    await desk.page.keyboard.type("a lost key")
    await desk.page.keyboard.press("Enter")
    prompt = await desk.inbox.asked_for("a lost key")
    desk.inbox.finish(prompt.id, "Find the key.")
    await expect(desk.text).to_have_text("Find the key.")
    for _ in range(2):  # The send button, then the first verdict.
        await desk.page.keyboard.press("Tab")
    await desk.page.keyboard.press("Enter")

    await expect(desk.button("More like this")).to_have_attribute("aria-pressed", "true")
    assert prompt.incoming.form == "quest"


async def test_every_control_has_a_name(desk: Desk) -> None:
    await desk.ask_and_read("names", "Everything has a name.")

    controls = await desk.page.locator("button, textarea, a").all()

    for control in controls:
        assert await control.get_attribute("aria-label") or (await control.inner_text()).strip()
