"""In the browser: variants to choose from, and what is to become of a piece."""

import pytest
from playwright.async_api import Locator, expect

from bots.messages import Refused
from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = ("Snow, one.", "Snow, two.", "Snow, three.")


async def three(desk: Desk, theme: str) -> tuple[list[int], Locator]:
    """Three variants on the page in the order shown, and their "Choose this" buttons."""
    await desk.ask_and_read(theme, "Only one so far.")
    before = len(desk.inbox.prompts)
    await desk.button("3 variants").dblclick()
    prompt = (await desk.inbox.asked(before + 1))[-1]
    assert (prompt.incoming.variants, len(desk.inbox.prompts)) == (3, before + 1)
    await desk.inbox.followed(prompt.id)
    replies = desk.inbox.finish_variants(prompt.id, *TEXTS).replies
    await expect(desk.text).to_have_text([reply.text for reply in replies])
    assert sorted(reply.text for reply in replies) == sorted(TEXTS)
    return [reply.completion_id for reply in replies], desk.button("Choose this")


async def pressed(buttons: Locator, states: list[bool]) -> None:
    for button, state in zip(await buttons.all(), states, strict=True):
        await expect(button).to_have_attribute("aria-pressed", str(state).lower())


async def test_one_of_three_variants_is_chosen_then_another_and_a_reload_shows_it(desk: Desk) -> None:
    pieces, choose = await three(desk, "three of snow")
    await choose.nth(1).click()
    await pressed(choose, [False, True, False])
    await choose.nth(0).click()
    await pressed(choose, [True, False, False])
    await expect(desk.newest.locator(".said").first).to_have_text("Thank you, noted: you prefer this one.")

    await desk.page.reload()

    await pressed(desk.button("Choose this"), [True, False, False])
    await expect(desk.newest.locator(".piece-text")).to_have_count(3)
    reader = desk.inbox.preferences[-1][0].user
    assert desk.inbox.store.choices.chosen("studio", "", reader, pieces) == {pieces[0]}


async def test_each_variant_has_its_own_rating(desk: Desk) -> None:
    pieces, _ = await three(desk, "rated snow")
    await desk.button("More like this").nth(2).click()
    await expect(desk.button("More like this").nth(2)).to_have_attribute("aria-pressed", "true")

    assert [len(desk.inbox.store.ratings.of(piece)) for piece in pieces] == [0, 0, 1]
    sent = list(desk.inbox.prompts.values())[-1].sent
    assert [(s.completion_id, s.last) for s in sent] == list(zip(pieces, [False, False, True], strict=True))


async def test_what_is_to_become_of_a_piece_is_said_in_the_box(desk: Desk) -> None:
    first = await desk.ask_and_read("the older one", "Older.")
    await desk.ask_and_read("the newer one", "Newer.")
    await desk.page.locator("article").last.get_by_role("button", name="Change…").click()
    await expect(desk.page.locator(".changing")).to_contain_text("Change: the older one")
    await expect(desk.box).to_be_focused()

    incoming = (await desk.ask("with a fox in it")).incoming

    assert (incoming.follow_up_of, incoming.answers) == (first.completion_id, True)
    await expect(desk.page.locator(".changing")).to_have_count(0)


async def test_what_was_to_be_changed_can_be_let_be(desk: Desk) -> None:
    await desk.ask_and_read("let it be", "Be.")
    await desk.button("Change…").click()
    await desk.page.get_by_role("button", name="Write something new instead").click()

    assert not (await desk.ask("a new theme")).incoming.answers


async def test_the_next_line_comes_after_the_newest_piece(desk: Desk) -> None:
    assert (await desk.ask("nothing before")).incoming.follow_up_of is None
    reply = await desk.ask_and_read("something before", "Something.")
    incoming = (await desk.ask("shorter")).incoming

    assert (incoming.follow_up_of, incoming.answers) == (reply.completion_id, False)


async def test_nobody_changes_a_piece_that_is_not_on_the_page(desk: Desk) -> None:
    mine = await desk.ask_and_read("mine", "Mine.")
    await desk.button("Change…").click()
    await expect(desk.page.locator(".changing")).to_contain_text("Change: mine")
    await desk.page.evaluate(
        "const d = JSON.parse(sessionStorage['rhapsode-draft']); d.answers.id = 1; d.text = 'theirs';"
        "sessionStorage['rhapsode-draft'] = JSON.stringify(d)"
    )
    await desk.page.reload()
    await desk.box.press("Enter")
    incoming = (await desk.inbox.asked_for("theirs")).incoming

    assert (incoming.follow_up_of, incoming.answers) == (mine.completion_id, False)


async def test_who_stands_in_line_is_told_the_place(desk: Desk) -> None:
    desk.inbox.place = 7
    try:
        await desk.ask("the seventh")
    finally:
        desk.inbox.place = 0
    await expect(desk.newest).to_contain_text("You are number 7 in line.")


async def test_a_full_queue_is_told_and_the_draft_stays(desk: Desk) -> None:
    desk.inbox.refusal = Refused("busy", minutes=2)
    try:
        await desk.box.fill("too many of us")
        await desk.box.press("Enter")
        await expect(desk.page.get_by_role("alert")).to_contain_text("Please come back in 2 minutes.")
    finally:
        desk.inbox.refusal = None
    await expect(desk.box).to_have_value("too many of us")
