"""A reader's own corner in Slack: the app's home, settings, what is stored of them."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from slack_bolt.async_app import AsyncRespond

from bots.budget import Call, within
from bots.messages import Reader
from bots.retrying import retrying
from bots.slack_asking import Asking
from bots.slack_blocks import bare_parts
from bots.slack_calls import call, passing
from bots.slack_events import reader_of
from bots.slack_home_view import PIECES, data_view, erased_view, home_view, settings_view
from bots.slack_payloads import Payload, a_text, an_id, tap_key
from bots.slack_views import LANGUAGES
from bots.slack_work import Step
from bots.slack_workspace import VIEW_PATIENCE, Tell, Workspace, told
from bots.stored_sentences import erased_sentence
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed

log = structlog.get_logger(__name__)

_WEEK = 7  # Days.
_CONSENTS = {"yes": True, "no": False}  # By a button's value.
_EXPORT_NAME = "rhapsode-mydata.json"


class Home:
    """Shows a reader what is theirs, and lets them settle it."""

    def __init__(self, workspace: Workspace, asking: Asking) -> None:
        self._workspace = workspace
        self._asking = asking

    async def on_opened(self, body: Payload, _: AsyncRespond) -> None:
        event = body["event"]
        if event.get("tab") in (None, "home"):
            user = an_id(event["user"])
            tell = self._workspace.writer_to(user)
            self._workspace.work.start(self._workspace.attempt(tell, user, lambda: self._publish(user)))

    async def on_ask(self, body: Payload, _: AsyncRespond) -> None:
        user, trigger = an_id(body["user"]["id"]), an_id(body["trigger_id"])
        tell = self._workspace.writer_to(user)
        self._workspace.work.start(self._asking.open_request(trigger, user, "", tell))

    async def on_data(self, body: Payload, _: AsyncRespond) -> None:
        user, trigger = an_id(body["user"]["id"]), an_id(body["trigger_id"])
        self._workspace.work.start(self.open_data(trigger, user, self._workspace.writer_to(user)))

    async def on_language(self, body: Payload, _: AsyncRespond) -> None:
        language = LANGUAGES[body["actions"][0]["selected_option"]["value"]]
        reader = reader_of(body, self._workspace.bot)
        settle = self._workspace.readers.settle
        await self._settled(body, lambda: asyncio.to_thread(lambda: settle(reader, language=language)))

    async def on_learn(self, body: Payload, _: AsyncRespond) -> None:
        consent = _CONSENTS[body["actions"][0]["value"]]
        reader = reader_of(body, self._workspace.bot)
        settle = self._workspace.readers.settle
        await self._settled(body, lambda: asyncio.to_thread(lambda: settle(reader, consent=consent)))

    async def on_export(self, body: Payload, _: AsyncRespond) -> None:
        reader = reader_of(body, self._workspace.bot)
        self._once(body, reader.user, lambda: self._export(reader))

    async def on_erase(self, body: Payload, _: AsyncRespond) -> None:
        reader = reader_of(body, self._workspace.bot)
        view = a_text(body["view"].get("id"))
        self._once(body, reader.user, lambda: self._erase(reader, view))

    async def open_data(self, trigger: str, user: str, tell: Tell) -> None:
        """What is stored of a reader, in a view."""

        async def show() -> None:
            locale = await self._workspace.locale(user, VIEW_PATIENCE)
            stored = await asyncio.to_thread(self._workspace.readers.stored, self._workspace.reader(user))
            await self._workspace.open(trigger, data_view(locale, stored), locale, tell)

        await self._workspace.attempt(tell, user, show)

    async def open_settings(self, trigger: str, user: str, tell: Tell) -> None:
        """The reader's settings, in a view."""

        async def show() -> None:
            locale = await self._workspace.locale(user, VIEW_PATIENCE)
            settings = await asyncio.to_thread(self._workspace.readers.settings, self._workspace.reader(user))
            await self._workspace.open(trigger, settings_view(locale, settings), locale, tell)

        await self._workspace.attempt(tell, user, show)

    async def _settled(self, body: Payload, settle: Callable[[], Awaitable[object]]) -> None:
        """Settle it, and show it where it was settled."""
        user, view = an_id(body["user"]["id"]), body["view"]
        view_id = a_text(view.get("id"))

        async def step() -> None:
            await settle()
            if view.get("type") == "home":
                await self._publish(user)
                return
            locale = await self._workspace.locale(user)
            settings = await asyncio.to_thread(self._workspace.readers.settings, self._workspace.reader(user))
            await self._workspace.replace(view_id, settings_view(locale, settings))

        self._once(body, user, step)

    async def _publish(self, user: str) -> None:
        reader, readers = self._workspace.reader(user), self._workspace.readers
        locale = await self._workspace.locale(user)
        settings = await asyncio.to_thread(readers.settings, reader)
        recent = await asyncio.to_thread(readers.recent, reader, PIECES)
        favourites = await asyncio.to_thread(readers.favourites, reader, _WEEK, PIECES)
        view = home_view(locale, settings, recent, favourites)
        try:
            await call(self._workspace.client.views_publish(user_id=user, view=view))
        except (DeliveryFailed, MessageGone, PlaceClosed) as trouble:
            log.warning("could not show a home", reason=str(trouble))

    async def _export(self, reader: Reader) -> None:
        """Send it as a file, or as text where files are not allowed."""
        everything = await asyncio.to_thread(self._workspace.readers.export, reader)
        channel = await self._workspace.conversation_with(reader.user)
        content = everything.decode()
        try:
            await retrying(partial(self._upload, channel, content), DeliveryFailed, worth=passing)
        except DeliveryFailed as refused:
            log.warning("could not upload a file, sending text", reason=str(refused))
            for part in bare_parts(content):
                await retrying(partial(self._workspace.post, channel, part), DeliveryFailed, worth=passing)

    async def _upload(self, channel: str, content: str) -> None:
        upload = self._workspace.client.files_upload_v2
        async with within(self._workspace.budget, Call(channel, "send", workspace=self._workspace.bot.team)):
            await call(upload(channel=channel, filename=_EXPORT_NAME, content=content))

    async def _erase(self, reader: Reader, view_id: str) -> None:
        erased = await asyncio.to_thread(self._workspace.readers.erase, reader)
        locale = await self._workspace.locale(reader.user)
        if not await self._workspace.replace(view_id, erased_view(locale, erased)):
            tell = self._workspace.writer_to(reader.user)
            await told(tell, erased_sentence(locale, erased))

    def _once(self, body: Payload, user: str, step: Step) -> None:
        self._workspace.once(tap_key(body), self._workspace.writer_to(user), user, step)
