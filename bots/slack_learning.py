"""Tell readers in Slack, once each, how the bot learns from them, and take their yes or no."""

import asyncio
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.messages import Reader
from bots.slack_blocks import actions, button, sentence
from bots.slack_events import reader_of
from bots.slack_payloads import Payload, tap_key
from bots.slack_workspace import Tell, Workspace, answerer, told
from bots.texts import say

log = structlog.get_logger(__name__)

# action_id of the button beside the sentence: the way out, or in, where nobody is learned from unasked.
NO_CONSENT, CONSENT = "no_consent", "consent"


class Learning:
    """What readers hear of it, whether they ask, rate or write a version of their own."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._telling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # By reader.

    async def on_consent(self, body: Payload, respond: AsyncRespond) -> None:
        reader, tell = reader_of(body, self._workspace.bot), answerer(respond)
        consent = body["actions"][0]["action_id"] == CONSENT

        async def settle() -> None:
            await asyncio.to_thread(lambda: self._workspace.readers.settle(reader, consent=consent))
            noted = "learning" if consent else "not-learning"
            await told(tell, say(await self._workspace.locale(reader.user), noted))

        self._workspace.once(tap_key(body), tell, reader.user, settle)

    async def tell(self, reader: Reader, whisper: Tell) -> None:
        """Once per reader, to nobody else. What did not reach them is said the next time."""
        readers = self._workspace.readers
        async with self._telling.setdefault(reader.user, asyncio.Lock()):
            try:
                if await asyncio.to_thread(readers.consent_asked, reader):
                    return
                if await self._told(reader, whisper):
                    await asyncio.to_thread(readers.ask_consent, reader)
            except Exception:  # Not worth the reader's attention: it is asked the next time.
                log.exception("could not ask for consent")

    async def _told(self, reader: Reader, whisper: Tell) -> bool:
        locale = await self._workspace.locale(reader.user)
        learns = (await asyncio.to_thread(self._workspace.readers.settings, reader)).consent
        text = say(locale, "slack-consent" if learns else "slack-consent-wanted")
        action, consent = (NO_CONSENT, "no") if learns else (CONSENT, "yes")
        label = say(locale, "button-learn", consent=consent)
        blocks = [sentence(text), actions([button(action, label, consent)])]
        # In a channel that the bot is no member of, Slack lets nobody whisper.
        return await told(whisper, text, blocks) or await told(
            self._workspace.writer_to(reader.user), text, blocks
        )
