"""Ask in the browser, watch it being written, find it again."""

import re

import pytest
from playwright.async_api import expect

from bots.messages import Refused
from feedback.database import DatabaseGone
from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_piece_appears_as_it_is_written(desk: Desk) -> None:
    prompt = await desk.ask("a haiku about rain")
    await expect(desk.newest).to_contain_text("Writing…")

    desk.inbox.write(prompt.id, "Rain on the old roof,\nsoft")
    await expect(desk.text).to_have_text("Rain on the old roof,\nsoft")
    await expect(desk.newest).to_have_attribute("aria-busy", "true")

    desk.inbox.finish(prompt.id, "Rain on the old roof,\nsoftly counting out the night.")
    await expect(desk.text).to_have_text("Rain on the old roof,\nsoftly counting out the night.")
    await expect(desk.newest).to_have_attribute("aria-busy", "false")
    assert (await desk.inbox.delivered(prompt.id)).sent[-1].last


async def test_verses_keep_their_lines(desk: Desk) -> None:
    await desk.ask_and_read("two lines", "one\ntwo")

    assert await desk.text.evaluate("node => node.innerText") == "one\ntwo"
    assert await desk.text.evaluate("node => getComputedStyle(node).whiteSpace") == "pre-wrap"


async def test_a_small_line_tells_form_version_and_time(desk: Desk) -> None:
    await desk.ask_and_read("something with facts", "A fact is a fact.")

    await expect(desk.newest.locator(".facts")).to_have_text("Poem · base · 2.3 s")


async def test_a_mark_of_the_form_comes_first_and_only_chords_stand_in_columns(desk: Desk) -> None:
    prompt = await desk.ask("something with a mark")
    desk.inbox.finish(prompt.id, "A fact is a fact.", "5-7-5 ✓")

    await expect(desk.newest.locator(".facts")).to_have_text("5-7-5 ✓ · Poem · base · 2.3 s")
    await expect(desk.text).to_have_class("piece-text layout-verse")


async def test_a_chip_names_the_form_of_one_request(desk: Desk) -> None:
    chip = desk.page.get_by_role("button", name="Limerick", exact=True)
    await chip.click()
    await expect(chip).to_have_attribute("aria-pressed", "true")

    prompt = await desk.ask("a cat with a bakery")

    assert prompt.incoming.form == "limerick"
    await expect(chip).to_have_attribute("aria-pressed", "false")


async def test_a_chip_can_be_taken_back(desk: Desk) -> None:
    await desk.page.get_by_role("button", name="Story", exact=True).dblclick()

    assert (await desk.ask("whatever you like")).incoming.form is None


async def test_shift_and_enter_start_a_new_line(desk: Desk) -> None:
    await desk.box.press_sequentially("first")
    await desk.box.press("Shift+Enter")
    await desk.box.press_sequentially("second")

    await expect(desk.box).to_have_value("first\nsecond")
    assert (await desk.ask("first\nsecond and third")).incoming.text == "first\nsecond and third"


async def test_an_example_needs_one_click_and_enter(desk: Desk) -> None:
    await desk.page.get_by_role("button", name="a haiku about rain").click()
    await expect(desk.box).to_be_focused()

    await desk.box.press("Enter")

    await expect(desk.page.locator("article")).to_have_count(1)
    await expect(desk.page.get_by_text("Pick a form")).to_be_hidden()


async def test_a_double_click_sends_once(desk: Desk) -> None:
    await desk.box.fill("twice, please not")
    before = len(desk.inbox.prompts)

    await desk.page.get_by_role("button", name="Write", exact=True).dblclick()

    await expect(desk.page.locator("article")).to_have_count(1)
    await expect(desk.box).to_have_value("")
    await expect(desk.page.get_by_role("alert")).to_have_text("")
    assert len(desk.inbox.prompts) == before + 1


async def test_a_line_sent_while_the_one_before_is_on_its_way_goes_after_it(desk: Desk) -> None:
    with desk.inbox.busy():
        for line in ("the first of two", "the second of two"):
            await desk.box.fill(line)
            await desk.box.press("Enter")
        await expect(desk.box).to_have_value("the second of two")

    first, second = [await desk.inbox.asked_for(f"the {one} of two") for one in ("first", "second")]
    assert first.id < second.id


async def test_the_same_draft_sent_again_after_a_reload_is_the_same_prompt(desk: Desk) -> None:
    await desk.box.fill("sent, and the answer lost")
    draft = await desk.page.evaluate("sessionStorage.getItem('rhapsode-draft')")
    await desk.box.press("Enter")
    prompt = await desk.inbox.asked_for("sent, and the answer lost")
    await expect(desk.box).to_have_value("")
    await desk.page.evaluate("draft => sessionStorage.setItem('rhapsode-draft', draft)", draft)
    await desk.page.reload()
    duplicates = desk.inbox.duplicates

    await desk.box.press("Enter")

    await desk.inbox.until(lambda: desk.inbox.duplicates == duplicates + 1)
    await expect(desk.page.locator("article")).to_have_count(1)
    assert prompt.incoming.key.startswith("studio:")


async def test_again_asks_for_another_of_the_same(desk: Desk) -> None:
    reply = await desk.ask_and_read("the sea", "The sea is wide.")
    before = len(desk.inbox.prompts)

    await desk.button("↻ Again").dblclick()

    await expect(desk.page.locator("article")).to_have_count(2)
    prompt = (await desk.inbox.asked(before + 1))[-1]
    assert prompt.incoming.again_of == reply.completion_id
    desk.inbox.finish(prompt.id, "The sea is deep.")
    await expect(desk.text).to_have_text("The sea is deep.")
    assert len(desk.inbox.prompts) == before + 1


async def test_again_works_once_more_when_the_new_piece_is_there(desk: Desk) -> None:
    await desk.ask_and_read("the moon", "The moon is far.")
    first = desk.page.locator("article").last.get_by_role("button", name="↻ Again")
    for count in (2, 3):
        before = len(desk.inbox.prompts)
        await first.click()
        await expect(desk.page.locator("article")).to_have_count(count)
        desk.inbox.finish((await desk.inbox.asked(before + 1))[-1].id, f"Moon {count}")
        await expect(desk.text).to_have_text(f"Moon {count}")


async def test_what_is_being_written_survives_a_reload(desk: Desk) -> None:
    prompt = await desk.ask("a long story")
    desk.inbox.write(prompt.id, "Once upon")
    await expect(desk.text).to_have_text("Once upon")

    await desk.page.reload()
    await expect(desk.newest).to_contain_text("Writing…")
    await expect(desk.newest.locator(".piece-asked")).to_have_text("a long story")
    desk.inbox.finish(prompt.id, "Once upon a time.")

    await expect(desk.text).to_have_text("Once upon a time.")
    await expect(desk.newest.locator(".piece-asked")).to_have_text("a long story")
    await desk.inbox.delivered(prompt.id)


async def test_pieces_are_there_again_newest_first(desk: Desk) -> None:
    for number in ("one", "two", "three"):
        await desk.ask_and_read(number, f"Piece {number}.")

    await desk.page.reload()

    await expect(desk.page.locator(".piece-text")).to_have_text(["Piece three.", "Piece two.", "Piece one."])


async def test_a_piece_finished_while_nobody_looked_is_shown_and_delivered(desk: Desk) -> None:
    prompt = await desk.ask("while I am away")
    await desk.page.goto("about:blank")
    desk.inbox.finish(prompt.id, "You were away.")

    await desk.page.go_back()

    await expect(desk.text).to_have_text("You were away.")
    await expect(desk.page.locator("article")).to_have_count(1)
    await desk.inbox.delivered(prompt.id)


async def test_nobody_sees_the_pieces_of_others(desk: Desk) -> None:
    await desk.ask_and_read("my secret", "Nobody knows.")
    browser = desk.page.context.browser
    assert browser is not None

    stranger = await browser.new_page()
    await stranger.goto(desk.page.url)

    await expect(stranger.get_by_text("Pick a form")).to_be_visible()
    await expect(stranger.locator("article")).to_have_count(0)
    await stranger.context.close()


async def test_a_refusal_is_one_sentence_and_keeps_the_draft(desk: Desk) -> None:
    desk.inbox.refusal = Refused("prompt-too-long", length=9000, limit=2000)
    try:
        await desk.box.fill("much too long")
        await desk.box.press("Enter")
        await expect(desk.page.get_by_role("alert")).to_have_text(
            "That is 9,000 characters; I can read 2,000 at most."
        )
    finally:
        desk.inbox.refusal = None
    await expect(desk.box).to_have_value("much too long")
    await desk.ask("much too long")


async def test_an_empty_request_gets_advice(desk: Desk) -> None:
    await desk.page.get_by_role("button", name="Write", exact=True).click()

    await expect(desk.page.get_by_role("alert")).to_contain_text("Tell me what to write about")


@pytest.mark.parametrize("trouble", [DatabaseGone("of secrets"), RuntimeError("full of secrets")])
async def test_whatever_breaks_is_one_sentence(desk: Desk, trouble: Exception) -> None:
    desk.inbox.broken = trouble
    try:
        await desk.box.fill("anything")
        await desk.box.press("Enter")
        await expect(desk.page.get_by_role("alert")).to_contain_text("I cannot take requests right now.")
    finally:
        desk.inbox.broken = None
    assert "secrets" not in await desk.page.content()
    await desk.ask("anything")


@pytest.mark.parametrize("trouble", [DatabaseGone("of secrets"), RuntimeError("full of secrets")])
async def test_a_page_that_cannot_be_built_is_one_sentence(desk: Desk, trouble: Exception) -> None:
    page = await desk.page.context.new_page()
    desk.inbox.broken = trouble
    try:
        await page.goto(desk.page.url)
        await expect(page.get_by_text("I cannot take requests right now.")).to_be_visible()
    finally:
        desk.inbox.broken = None
    assert "secrets" not in await page.content()


async def test_a_broker_that_is_away_is_told_and_the_piece_comes_later(desk: Desk) -> None:
    desk.inbox.broker_away = True
    try:
        prompt = await desk.ask("patience")
        await expect(desk.newest).to_contain_text("will write as soon as I can")
    finally:
        desk.inbox.broker_away = False
    desk.inbox.finish(prompt.id, "It was worth the wait.")
    await expect(desk.text).to_have_text("It was worth the wait.")


async def test_a_piece_that_could_not_be_written_says_so(desk: Desk) -> None:
    prompt = await desk.ask("the impossible")
    desk.inbox.write(prompt.id, "I was about to")

    desk.inbox.fail(prompt.id)

    await expect(desk.newest).to_contain_text("I could not write this one.")
    await expect(desk.text).to_have_text("")
    assert (await desk.inbox.delivered(prompt.id)).sent[-1].completion_id is None


async def test_a_reader_of_chinese_is_spoken_to_in_chinese(desk: Desk) -> None:
    browser = desk.page.context.browser
    assert browser is not None
    page = await browser.new_page(locale="zh-CN")
    await page.goto(desk.page.url)

    await page.get_by_label("写点什么？").fill("一首关于雨的俳句")
    await page.get_by_role("button", name="写", exact=True).click()

    prompt = await desk.inbox.asked_for("一首关于雨的俳句")
    assert prompt.incoming.reader.locale == "zh"
    assert await page.evaluate("document.documentElement.lang") == "zh"
    for path in ("learning", "favourites", "operations"):
        await page.goto(f"{desk.page.url}{path}")
        await expect(page.locator(".page-title")).to_be_visible()
        headings = await page.locator("nav a, th, :is(h2, h3, h4):not(.piece-asked)").all_text_contents()
        assert [heading for heading in headings if not re.search(r"[\u4e00-\u9fff]", heading)] == []
    await page.context.close()
