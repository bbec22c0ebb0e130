"""What readers choose on a message or submit in a form: go on, rewrite as, a request with all its wishes."""

from functools import partial

from slack_bolt.async_app import AsyncRespond

from bots.messages import Reader
from bots.slack_asking import Asking
from bots.slack_blocks import Block
from bots.slack_events import reader_of
from bots.slack_payloads import Payload, a_text, an_id, shortcut_key
from bots.slack_submissions import kept_of, to_change, to_continuation, to_request
from bots.slack_views import change_view, metadata_of
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, answerer, told
from bots.texts import say


class Shortcuts:
    """Ways to ask beside plain words."""

    def __init__(self, workspace: Workspace, asking: Asking) -> None:
        self._workspace = workspace
        self._asking = asking

    async def on_continue(self, body: Payload, respond: AsyncRespond) -> None:
        reader, kept = reader_of(body, self._workspace.bot), kept_of(body, self._workspace.bot)
        step = partial(self._continue, reader, kept, an_id(body["trigger_id"]), answerer(respond))
        self._workspace.work.once(shortcut_key(body), reader.user, step)

    async def on_rewrite(self, body: Payload, respond: AsyncRespond) -> None:
        reader, kept = reader_of(body, self._workspace.bot), kept_of(body, self._workspace.bot)
        step = partial(self._open_change, reader, kept, an_id(body["trigger_id"]), answerer(respond))
        self._workspace.work.once(shortcut_key(body), reader.user, step)

    async def on_change(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_change(body, self._workspace.bot)
        if incoming.text:
            step = partial(self._asking.submitted, incoming, incoming.place.chat, incoming.place.thread)
            self._workspace.work.once(incoming.key, incoming.reader.user, step)

    async def on_request(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_request(body, self._workspace.bot)
        channel = a_text(metadata_of(body["view"]).get("channel"))
        step = partial(self._asking.submitted, incoming, channel, "")
        self._workspace.work.once(incoming.key, incoming.reader.user, step)

    async def _continue(self, reader: Reader, kept: Block, trigger: str, tell: Tell) -> None:
        locale = self._workspace.locale_so_far(reader.user)
        incoming = to_continuation(kept, trigger, reader, say(locale, "slack-continue"))
        await self._asking.submitted(incoming, incoming.place.chat, incoming.place.thread, tell=tell)

    async def _open_change(self, reader: Reader, kept: Block, trigger: str, tell: Tell) -> None:
        locale = await self._workspace.locale(reader.user, VIEW_PATIENCE)
        view = change_view(locale, a_text(kept["text"]), {**kept, "text": ""})
        if view is None:
            await told(tell, say(locale, "slack-message-too-long"))
        else:
            await self._workspace.open(trigger, view, locale, tell)
