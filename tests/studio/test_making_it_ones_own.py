"""Say why, write it anew, take it along as a picture, find what came long before."""

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from studio.recent import RECENT
from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOWN = "Less like this"


async def test_who_dislikes_a_piece_may_say_why(desk: Desk) -> None:
    reply = await desk.ask_and_read("why not", "A dull piece.")
    why = desk.newest.get_by_role("group", name="What was wrong with it?")
    await expect(why).to_be_hidden()
    await desk.button(DOWN).click()

    await why.get_by_role("button", name="Dull").click()

    await expect(desk.newest.locator(".said")).to_have_text("Thank you, that helps.")
    await expect(why).to_be_hidden()
    [rating] = desk.inbox.store.ratings.of(reply.completion_id)
    assert (rating.value, rating.reason) == (-1.0, "dull")


async def test_a_piece_is_written_anew_with_the_keyboard(desk: Desk) -> None:
    reply = await desk.ask_and_read("mine", "Almost mine.")
    await desk.button("Edit").press("Enter")
    box = desk.newest.get_by_label("Your version")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("Almost mine.")
    await box.fill("Now mine.")

    await box.press("Tab")
    await desk.page.keyboard.press("Enter")

    await expect(desk.newest.locator(".said")).to_have_text("Thank you: your version is kept.")
    assert [(text, piece) for _, piece, text in desk.inbox.rewrites][-1] == ("Now mine.", reply.completion_id)
    await desk.button("Edit").click()
    await expect(box).to_have_value("Now mine.")
    await box.press("Escape")
    await expect(box).to_be_hidden()


async def picture(page: Page) -> Image.Image:
    async with page.expect_download() as saved:
        await page.locator("article").first.get_by_role("button", name="Picture").click()
    download = await saved.value
    assert download.suggested_filename == "rhapsode.png"
    with Image.open(await download.path()) as image:
        return image.convert("RGB")


async def test_a_piece_is_set_in_type_as_a_picture(desk: Desk) -> None:
    await desk.ask_and_read("a short one", "One line.\n第二行。")
    short = await picture(desk.page)
    assert (short.width, short.height) == (1080, 720)
    assert short.getpixel((1000, 5)) == (247, 243, 234)  # Paper.
    ink = sum(short.convert("L").histogram()[:80])
    assert ink > 500

    await desk.ask_and_read("a long one", "A line that says the same as before.\n" * 40)
    long = await picture(desk.page)
    assert 2500 < long.height < 4500
    middle = long.crop((110, long.height // 2, 970, long.height // 2 + 120))
    assert sum(middle.convert("L").histogram()[:80]) > 500


async def test_older_pieces_are_shown_when_asked_for(desk: Desk) -> None:
    reader = (await desk.ask("the first of many")).incoming.reader.user
    first = await desk.inbox.asked_for("the first of many")
    desk.inbox.finish(first.id, "Number 0.")
    await expect(desk.text).to_have_text("Number 0.")
    for number in range(1, RECENT + 3):
        another = desk.inbox.another(first, f"{reader} {number}")
        desk.inbox.finish(another, f"Number {number}.")
        desk.inbox.undeliverable(another, "shown elsewhere")
    await desk.page.reload()
    await expect(desk.page.locator("article")).to_have_count(RECENT)

    await desk.page.get_by_role("button", name="Older pieces").click()

    await expect(desk.page.locator("article")).to_have_count(RECENT + 3)
    await expect(desk.page.locator("article .piece-text").last).to_have_text("Number 0.")
    await expect(desk.page.get_by_role("button", name="Older pieces")).to_be_hidden()
