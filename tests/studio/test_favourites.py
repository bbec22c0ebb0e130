"""The best-rated pieces: who sees which, and where they come from."""

import pytest
from playwright.async_api import Page, expect

from tests.studio.conftest import Studio
from tests.studio.exhibition import rate, written_as
from tests.studio.test_escaping import HOSTILE

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def favourites(studio: Studio, page: Page) -> None:
    await page.goto(f"{studio.url}/favourites")
    await expect(page.locator(".favourite").first).to_be_visible()


async def test_an_operator_sees_everybodys_and_filters_them_with_the_keyboard(
    studio: Studio, page: Page
) -> None:
    await favourites(studio, page)
    await expect(page.locator(".favourite")).to_have_count(48)
    await expect(page.locator(".favourite .likes").first).to_contain_text("Liked by 5 of 8")

    await page.get_by_label("Form").focus()
    await page.keyboard.type("Limerick")

    await expect(page.locator(".favourite .facts").first).to_contain_text("Limerick")
    await expect(page.locator(".favourite").filter(has_text="Slogan")).to_have_count(0)
    await page.get_by_label("Language").select_option("Chinese")
    await expect(page.get_by_text("Nothing that anybody likes here yet.")).to_be_visible()


async def test_a_piece_tells_where_it_comes_from(studio: Studio, page: Page) -> None:
    await favourites(studio, page)
    await page.get_by_label("Version").select_option("base")
    await expect(page.locator(".favourite").filter(has_text="v0001-cafe")).to_have_count(0)
    piece = page.locator(".favourite").first
    button = piece.get_by_role("button", name="Where it comes from")

    await button.press("Enter")

    await expect(button).to_have_attribute("aria-expanded", "true")
    await expect(piece.locator(".steps")).to_contain_text("by base as champion")
    await expect(piece.locator(".steps")).to_contain_text("base is the base")
    await expect(piece.locator(".steps")).to_contain_text("Learned from since by v0002-beef")
    await button.press("Enter")
    await expect(piece.locator(".steps")).to_have_count(0)


async def test_what_was_written_is_shown_and_not_run(studio: Studio, page: Page) -> None:
    studio.inbox.goes_on_after(lambda: rate(studio.store, written_as(studio.store, HOSTILE), 30))

    await favourites(studio, page)

    first = page.locator(".favourite").first
    await expect(first.locator(".piece-text")).to_have_text(HOSTILE)
    await expect(first.locator(".piece-asked")).to_have_text(HOSTILE)
    assert await page.evaluate("window.ran") is None
