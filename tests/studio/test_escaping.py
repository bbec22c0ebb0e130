"""What a model or a reader writes is shown, never run."""

import pytest
from playwright.async_api import expect

from bots.messages import Refused
from tests.studio.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=\"window.ran='img'\"><script>window.ran='script'</script>"
TRICKS = (
    "</script><script>window.ran=1</script> ${window.ran=2} `+(window.ran=3)+` {{ window.ran=4 }} \\u003cb\\n"
)


@pytest.mark.parametrize("text", [HOSTILE, TRICKS])
async def test_text_is_text_live_finished_and_after_a_reload(desk: Desk, text: str) -> None:
    prompt = await desk.ask(text)
    await expect(desk.newest.locator(".piece-asked")).to_have_text(text)
    desk.inbox.write(prompt.id, text)
    await expect(desk.text).to_have_text(text)
    desk.inbox.finish(prompt.id, text + "!")
    await expect(desk.text).to_have_text(text + "!")

    await desk.page.reload()

    await expect(desk.text).to_have_text(text + "!")
    await expect(desk.newest.locator(".piece-asked")).to_have_text(text)
    assert await desk.page.locator("article img, article script").count() == 0
    assert await desk.page.evaluate("window.ran") is None


async def test_a_refused_request_is_not_run_either(desk: Desk) -> None:
    desk.inbox.refusal = Refused("unknown-form", form=HOSTILE, forms="poem")
    try:
        await desk.box.fill("anything")
        await desk.box.press("Enter")
        await expect(desk.page.get_by_role("alert")).to_contain_text(HOSTILE)
    finally:
        desk.inbox.refusal = None
    assert await desk.page.evaluate("window.ran") is None
