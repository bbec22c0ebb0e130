"""The page on which a reader writes, as a test handles it."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from bots.messages import Reply
from tests.deadline import DEADLINE
from tests.fakes.inbox import Prompt
from tests.studio.stored_inbox import StoredInbox

expect.set_options(timeout=DEADLINE * 1000)  # Milliseconds.


@dataclass
class Desk:
    page: Page
    inbox: StoredInbox

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("What shall I write?")

    @property
    def newest(self) -> Locator:
        return self.page.locator("article").first

    @property
    def text(self) -> Locator:
        """The text of the newest piece."""
        return self.newest.locator(".piece-text")

    def button(self, name: str) -> Locator:
        """A button of the newest piece."""
        return self.newest.get_by_role("button", name=name)

    async def ask(self, text: str) -> Prompt:
        """Type and send; the prompt, once it is being followed."""
        before = len(self.inbox.prompts)
        await self.box.fill(text)
        await self.box.press("Enter")
        prompt = await self.inbox.asked_for(text, before)
        await self.inbox.followed(prompt.id)
        return prompt

    async def ask_and_read(self, text: str, answer: str) -> Reply:
        prompt = await self.ask(text)
        reply = self.inbox.finish(prompt.id, answer)
        await expect(self.text).to_have_text(answer)
        return reply
