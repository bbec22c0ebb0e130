"""The page fits a phone, and works without a mouse."""

import re
from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.studio.conftest import Studio
from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Of every text that is seen: its colour, the one behind it, and the text.
COLOURS = """() => {
  const found = new Map(), sheet = document.querySelector(".sheet");
  const texts = document.createTreeWalker(sheet, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
    if (!text || !element.checkVisibility() || element.closest("svg, option, .unseen")) continue;
    let behind = element;
    while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
    found.set(pair.join(), [...pair, text]);
  }
  return [...found.values()];
}"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("path", ["/", "/learning", "/favourites", "/operations", "/sign-in"])
async def test_a_phone_is_wide_enough(desk: Desk, path: str) -> None:
    page = desk.page
    await page.set_viewport_size({"width": 360, "height": 800})
    await desk.ask_and_read("w" * 300 + path[1:], "unbreakable" * 60 + "\n" + "many words " * 60)

    await page.goto(page.url.rstrip("/") + path)

    await expect(page.get_by_role("heading", name="Rhapsode")).to_be_visible()
    assert not await page.evaluate(TOO_WIDE)


async def test_a_finger_finds_what_opens_a_run(desk: Desk) -> None:
    page, runs = desk.page, desk.inbox.store.runs
    run = runs.enqueue({})
    runs.start(run, "a finger")
    runs.finish(run, "a finger", "skipped", ["too few"])
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.goto(f"{page.url}learning")

    button = await page.get_by_role("button", name=f"Look at run {run}", exact=True).bounding_box()

    assert button is not None
    assert min(button["width"], button["height"]) >= 24  # Pixels, by WCAG 2.5.8.


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Rhapsode"),
        ("/learning", "Rhapsode · 学习"),
        ("/favourites", "Rhapsode · 最爱"),
        ("/operations", "Rhapsode · 运行"),
        ("/sign-in", "Rhapsode · 登录"),
    ],
)
async def test_a_tab_is_named_in_the_readers_language(
    studio: Studio, browser: Browser, path: str, title: str
) -> None:
    page = await browser.new_page(locale="zh-CN")
    await page.goto(studio.url + path)

    await expect(page.get_by_role("heading", name="Rhapsode")).to_be_visible()
    await expect(page).to_have_title(title)
    await page.close()


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


def contrast(one: str, other: str) -> float:
    """Of two colours as a browser computes them, by WCAG 2."""

    def light(colour: str) -> float:
        shares = [int(channel) / 255 for channel in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("path", ["", "learning", "favourites", "operations", "sign-in"])
async def test_all_text_is_legible_by_day_and_by_night(desk: Desk, path: str) -> None:
    if path:
        await desk.page.goto(desk.page.url + path)
    behind: list[set[str]] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        # Colours change at once for who wants no motion.
        await desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        pairs = await desk.page.evaluate(COLOURS)
        assert [pair for pair in pairs if contrast(*pair[:2]) < 4.5] == []
        behind.append({background for _, background, _ in pairs})

    by_day, by_night = behind
    assert not by_day & by_night
    assert len(by_day) > 1  # The page, and its cards.


async def test_every_control_has_a_name(desk: Desk) -> None:
    await desk.ask_and_read("names", "Everything has a name.")

    controls = await desk.page.locator("button, textarea, a").all()

    for control in controls:
        assert await control.get_attribute("aria-label") or (await control.inner_text()).strip()
