"""What readers choose on a message or submit in a form: go on, rewrite as, a request with all its wishes."""

from slack_bolt.async_app import AsyncRespond

from bots.slack_asking import Asking
from bots.slack_events import Payload
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
        if self._workspace.first(str(body["trigger_id"])):
            self._workspace.start(self._continue(body, answerer(respond)))

    async def on_rewrite(self, body: Payload, respond: AsyncRespond) -> None:
        if self._workspace.first(str(body["trigger_id"])):
            self._workspace.start(self._open_change(body, answerer(respond)))

    async def on_change(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_change(body, self._workspace.bot)
        if incoming.text and self._workspace.first(incoming.key):
            place = incoming.place
            self._workspace.start(self._asking.submitted(incoming, place.chat, place.thread))

    async def on_request(self, body: Payload, _: AsyncRespond) -> None:
        incoming = to_request(body, self._workspace.bot)
        if self._workspace.first(incoming.key):
            channel = str(metadata_of(body["view"]).get("channel") or "")
            self._workspace.start(self._asking.submitted(incoming, channel, ""))

    async def _continue(self, body: Payload, tell: Tell) -> None:
        locale = await self._workspace.locale(str(body["user"]["id"]))
        incoming = to_continuation(body, self._workspace.bot, say(locale, "slack-continue"))
        await self._asking.submitted(incoming, incoming.place.chat, incoming.place.thread, tell=tell)

    async def _open_change(self, body: Payload, tell: Tell) -> None:
        locale = await self._workspace.locale(str(body["user"]["id"]), VIEW_PATIENCE)
        kept = kept_of(body, self._workspace.bot)
        if not fits(kept):
            await told(tell, say(locale, "slack-version-too-long"))
        elif not await self._workspace.open(str(body["trigger_id"]), change_view(locale, kept)):
            await told(tell, say(locale, "slack-no-view"))
