"""The best-rated pieces: who sees which, and where they come from."""

import threading
from dataclasses import replace

import pytest
from playwright.async_api import Locator, Page, expect

from feedback.store import Store
from feedback.store.favourites import BestPiece, Favourites, Wanted
from tests.studio.conftest import Studio
from tests.studio.exhibition import TRIED, rate, written, written_as
from tests.studio.stored_inbox import VERSION
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
    await page.get_by_label("Form").select_option("Any")
    await page.get_by_label("Version").select_option("base")
    await expect(page.locator(".favourite")).to_have_count(7)
    await page.get_by_label("Written").select_option("In the last week")
    await expect(page.locator(".favourite")).to_have_count(4)


async def test_what_was_chosen_last_is_shown_however_late_an_answer_comes(
    studio: Studio, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, best = threading.Event(), Favourites.best

    def slow_for_limericks(self: Favourites, wanted: Wanted, limit: int) -> list[BestPiece]:
        if wanted == Wanted(form="limerick"):
            late.wait(10)
        return best(self, wanted, limit)

    monkeypatch.setattr(Favourites, "best", slow_for_limericks)
    await favourites(studio, page)
    await page.get_by_label("Form").select_option("Limerick")
    await page.get_by_label("Form").select_option("Slogan")
    await expect(page.locator(".favourite").filter(has_text="Limerick")).to_have_count(0)
    late.set()

    piece = page.locator(".favourite").first
    await piece.get_by_role("button", name="Where it comes from").press("Enter")
    await expect(piece.locator(".steps")).to_be_visible()
    await expect(page.locator(".favourite").filter(has_text="Limerick")).to_have_count(0)


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


def write_with_what_was_trained(store: Store) -> None:
    """A piece of what learned from readers, and one of what learned from a corpus."""
    by_hand = replace(VERSION, name="v0007-poem", artifact_sha256="7" * 64, kind="lora", parent="base")
    store.versions.add(by_hand)
    run = store.runs.enqueue({"corpus": {"path": "/home/ada/sonnets.txt"}})
    store.runs.start(run, "fence")
    store.runs.finish(run, "fence", "trained", ["test perplexity 20"], by_hand.name)
    for version in (TRIED, by_hand.name):
        rate(store, written(store, 0, "reader 0", version).completion_id, 1)


async def test_a_trained_version_tells_what_it_learned_from(studio: Studio, page: Page) -> None:
    studio.inbox.goes_on_after(lambda: write_with_what_was_trained(studio.store))
    await favourites(studio, page)

    async def steps_of(version: str) -> Locator:
        await page.get_by_label("Version").select_option(version)
        pieces = page.locator(".favourite")
        await expect(pieces).to_have_count(1)
        await expect(pieces.filter(has_text=version)).to_have_count(1)
        await page.get_by_role("button", name="Where it comes from").click()
        return page.locator(".steps")

    steps = await steps_of(TRIED)
    await expect(steps).to_contain_text(f"Run {studio.run} made v0002-beef from v0001-cafe")
    await expect(steps).to_contain_text("36 liked and 9 disliked pieces, and 9 others")
    steps = await steps_of("v0007-poem")
    await expect(steps).to_contain_text("made v0007-poem from base")
    await expect(steps).to_contain_text("the poems in sonnets.txt, and from no reader")
    await expect(steps).not_to_contain_text("is the base")


async def test_what_was_written_is_shown_and_not_run(studio: Studio, page: Page) -> None:
    studio.inbox.goes_on_after(lambda: rate(studio.store, written_as(studio.store, HOSTILE), 30))

    await favourites(studio, page)

    first = page.locator(".favourite").first
    await expect(first.locator(".piece-text")).to_have_text(HOSTILE)
    await expect(first.locator(".piece-asked")).to_have_text(HOSTILE)
    assert await page.evaluate("window.ran") is None
