"""Rate in the browser: press, press again, change one's mind."""

import pytest
from playwright.async_api import Locator, expect

from feedback.database import DatabaseGone
from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

UP, DOWN = "More like this", "Less like this"


async def pressed(button: Locator, state: bool = True) -> None:
    await expect(button).to_have_attribute("aria-pressed", str(state).lower())


async def test_a_tap_rates_and_stays_pressed_after_a_reload(desk: Desk) -> None:
    reply = await desk.ask_and_read("rate me", "A piece to rate.")
    await desk.button(UP).click()
    await pressed(desk.button(UP))
    await expect(desk.newest.locator(".said")).to_have_text("Thank you, noted: more like this.")

    await desk.page.reload()

    await pressed(desk.button(UP))
    await pressed(desk.button(DOWN), False)
    assert [rating.value for rating in desk.inbox.store.ratings.of(reply.completion_id)] == [1.0]


async def test_the_other_button_flips(desk: Desk) -> None:
    reply = await desk.ask_and_read("flip me", "A piece to flip.")

    await desk.button(UP).click()
    await desk.button(DOWN).click()

    await pressed(desk.button(DOWN))
    await pressed(desk.button(UP), False)
    assert [rating.value for rating in desk.inbox.store.ratings.of(reply.completion_id)] == [-1.0]


async def test_a_second_tap_clears(desk: Desk) -> None:
    reply = await desk.ask_and_read("clear me", "A piece to clear.")

    await desk.button(DOWN).click()
    await pressed(desk.button(DOWN))
    await desk.button(DOWN).click()

    await pressed(desk.button(DOWN), False)
    await expect(desk.newest.locator(".said")).to_have_text("Your rating is taken back.")
    assert desk.inbox.store.ratings.of(reply.completion_id) == []


async def test_two_quick_taps_count_as_two(desk: Desk) -> None:
    reply = await desk.ask_and_read("quick", "A piece for quick fingers.")

    await desk.button(UP).dblclick()

    await expect(desk.newest.locator(".said")).to_have_text("Your rating is taken back.")
    assert [vote.value for vote in desk.inbox.votes if vote.target == reply.completion_id] == [1.0, 1.0]


async def test_a_rating_that_could_not_be_kept_is_not_shown_as_kept(desk: Desk) -> None:
    await desk.ask_and_read("unlucky", "A piece without luck.")
    desk.inbox.broken = DatabaseGone("somewhere")
    try:
        await desk.button(UP).click()
        await expect(desk.newest.locator(".said")).to_contain_text("I cannot take requests right now.")
    finally:
        desk.inbox.broken = None
    await pressed(desk.button(UP), False)


async def test_copy_takes_the_text_as_it_is(desk: Desk) -> None:
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.ask_and_read("copy me", "line one\nline <two>")

    await desk.button("Copy").click()

    await expect(desk.button("Copied")).to_be_visible()
    assert await desk.page.evaluate("navigator.clipboard.readText()") == "line one\nline <two>"
