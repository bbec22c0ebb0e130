"""What readers choose on a message or submit in a form: go on, rewrite as, a request with all its wishes."""

from slack_bolt.async_app import AsyncRespond

from bots.messages import Reader
from bots.slack_asking import Asking
from bots.slack_blocks import Block
from bots.slack_events import reader_of
from bots.slack_payloads import Payload, a_text, an_id, shortcut_key
from bots.slack_submissions import kept_of, to_change, to_continuation, to_request
from bots.slack_views import change_view, fits, metadata_of
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.texts import say


class Shortcuts:
    """Ways to ask beside plain words."""

    def __init__(self, workspace: Workspace, asking: Asking) -> None:
        self._workspace = workspace
        self._asking = asking

    async def on_continue(self, body: Payload, respond: AsyncRespond) -> None:
        reader, kept = reader_of(body, self._workspace.bot), kept_of(body, self._workspace.bot)
        trigger = an_id(body["trigger_id"])
        if self._workspace.first(shortcut_key(body)):
            self._workspace.start(self._continue(reader, kept, trigger, answerer(respond)))

    async def on_rewrite(self, body: Payload, respond: AsyncRespond) -> None:
        reader, kept = reader_of(body, self._workspace.bot), kept_of(body, self._workspace.bot)
        trigger = an_id(body["trigger_id"])
        if self._workspace.first(shortcut_key(body)):
            self._workspace.start(self._open_change(reader, kept, trigger, answerer(respond)))

    async def on_change(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_change(body, self._workspace.bot)
        if incoming.text and self._workspace.first(incoming.key):
            place = incoming.place
            self._workspace.start(self._asking.submitted(incoming, place.chat, place.thread))

    async def on_request(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_request(body, self._workspace.bot)
        if self._workspace.first(incoming.key):
            channel = a_text(metadata_of(body["view"]).get("channel"))
            self._workspace.start(self._asking.submitted(incoming, channel, ""))

    async def _continue(self, reader: Reader, kept: Block, trigger: str, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user)
        incoming = to_continuation(kept, trigger, reader, say(locale, "slack-continue"))
        await self._asking.submitted(incoming, incoming.place.chat, incoming.place.thread, tell=tell)

    async def _open_change(self, reader: Reader, kept: Block, trigger: str, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user, VIEW_PATIENCE)
        if not fits(kept):
            await told(tell, say(locale, "slack-version-too-long"))
        elif not await self._workspace.open(trigger, change_view(locale, kept)):
            await told(tell, say(locale, "slack-no-view"))
