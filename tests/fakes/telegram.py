"""A Telegram server for one bot over real HTTP, as strict as Telegram itself."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from tests.deadline import DEADLINE
from tests.fakes.telegram_chats import BOT, Chats, Fields, Message, Refusal, command_refusal
from tests.fakes.telegram_elsewhere import Elsewhere
from tests.fakes.telegram_wire import dumps, fields_of, refused

REACTION_KINDS = {"message_reaction", "message_reaction_count", "chat_member"}  # Only when named.


class FakeTelegram(Elsewhere):
    """The server, the chats on it, and what a test does in them as a person."""

    token = f"{BOT['id']}:not-a-real-token-only-for-the-tests"

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.host = host
        self.chats = Chats()
        self.calls: list[tuple[str, Fields]] = []
        self.toasts: dict[str, str | None] = {}  # Callback query id → what the person was told.
        self.alerts: list[str] = []  # Those of them that the person had to close.
        self.commands: dict[str, list[Fields]] = {}  # By language code.
        self.documents: list[tuple[int, bytes]] = []  # (chat, content).
        self.photos: list[tuple[int, bytes]] = []  # (chat, content).
        self.numberless: list[Fields] = []  # What comes with every look, as it cannot be confirmed.
        self.reads_all = True  # Privacy mode off.
        self.confirmed = 0  # Updates below this number are never sent again.
        self.outages: dict[str, int] = {}  # Method → how many calls fail with 502 from now on.
        self.troubles: dict[str, list[tuple[int, str]]] = {}  # Method → (status, body) of the next answers.
        self._updates: list[Fields] = []
        self._number = 1000
        self._poll = 0
        self._queries: set[str] = set()
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(
            application, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0)
        await site.start()
        self.url = f"http://{self.host}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    # What people do

    async def says(self, text: str, **how: Any) -> Fields:
        """A person writes: see Chats.write. Returns the update."""
        return await self.push("message", self.chats.write(text, **how))

    async def taps(self, message: Message, label: str, person: Fields, *, visible: bool = True) -> str:
        """A person taps the button with that label. Returns the query's id."""
        callback = self.tap(message, label, person, visible=visible)
        await self.push("callback_query", callback)
        return str(callback["id"])

    def tap(self, message: Message, label: str, person: Fields, *, visible: bool = True) -> Fields:
        """What an update says of a tap."""
        query = f"q{self._number}"
        self._queries.add(query)
        shown = message.as_json() if visible else message.as_inaccessible()
        data = message.button(label)
        return {"id": query, "from": person, "message": shown, "chat_instance": "1", "data": data}

    async def taps_inline(self, message: str, data: str, person: Fields) -> str:
        """A person taps a button of an inline message. Returns the query's id."""
        query = f"q{self._number}"
        self._queries.add(query)
        told = {"id": query, "from": person, "inline_message_id": message, "chat_instance": "1", "data": data}
        await self.push("callback_query", told)
        return query

    async def reacts(
        self, message: Message, person: Fields, new: list[str], old: list[str] | None = None
    ) -> None:
        """A person changes the reactions on a message."""
        kinds = [[{"type": "emoji", "emoji": emoji} for emoji in emojis] for emojis in (old or [], new)]
        update = {"chat": message.chat, "message_id": message.id, "user": person, "date": 1}
        await self.push("message_reaction", update | {"old_reaction": kinds[0], "new_reaction": kinds[1]})

    async def push(self, kind: str, content: Fields) -> Fields:
        """Queue an update of any kind."""
        update = {"update_id": self.next_number(), kind: content}
        async with self._changed:
            self._updates.append(update)
            self._changed.notify_all()
        return update

    def next_number(self) -> int:
        """An update's; the next tap is named after it."""
        self._number += 1
        return self._number

    # What a test looks at

    async def until(self, condition: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
        """Wait until a call to this server makes the condition true."""
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(lambda: bool(condition())), deadline)
            except TimeoutError:
                shown = [(message.chat["id"], message.text) for message in self.chats.sent]
                raise AssertionError(f"waited {deadline} s for {what}; shown: {shown}") from None

    async def message(self, text: str, chat: Fields | None = None) -> Message:
        """The bot's message that starts so, once it is there."""

        def found() -> list[Message]:
            shown = [m for m in self.chats.sent if m.text.startswith(text)]
            return [m for m in shown if chat is None or m.chat["id"] == chat["id"]]

        await self.until(found, f"a message “{text[:40]}”")
        return found()[-1]

    async def rateable(self, chat: Fields | None = None) -> Message:
        """The bot's first message that can be rated, once it is there."""

        def found() -> list[Message]:
            return [
                m
                for m in self.chats.sent
                if "👍" in m.labels and (chat is None or m.chat["id"] == chat["id"])
            ]

        await self.until(found, "a message with buttons")
        return found()[0]

    async def toast(self, query: str) -> str | None:
        """What the bot answered to a tap."""
        await self.until(lambda: query in self.toasts, f"an answer to tap {query}")
        return self.toasts[query]

    async def settled(self) -> None:
        """Returns once the bot has dealt with every update so far."""
        await self.until(lambda: self.confirmed > self._number, "all updates to be confirmed")

    def called(self, method: str) -> list[Fields]:
        return [fields for name, fields in self.calls if name == method]

    # The server

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return refused(Refusal(401, "Unauthorized"))
        fields = await fields_of(request)
        if self.troubles.get(method):
            status, body = self.troubles[method].pop(0)
            return web.Response(status=status, text=body, content_type="application/json")
        known = getattr(self, f"_do_{method}", None)
        if known is None:
            return refused(Refusal(404, "Not Found"))
        try:
            self._fail_if_out(method)
            result = await known(fields)
        except Refusal as refusal:
            return refused(refusal)
        finally:
            async with self._changed:
                self.calls.append((method, fields))
                self._changed.notify_all()
        return web.json_response({"ok": True, "result": result}, dumps=dumps)

    def _fail_if_out(self, method: str) -> None:
        if self.outages.get(method, 0) > 0:
            self.outages[method] -= 1
            raise Refusal(502, "Bad Gateway")

    async def _do_getMe(self, _: Fields) -> Fields:  # noqa: N802 - named as Telegram names it, as all below.
        return BOT | {"can_read_all_group_messages": self.reads_all}

    async def _do_getUpdates(self, fields: Fields) -> list[Fields]:  # noqa: N802
        self._poll += 1
        mine, wanted = self._poll, set(fields.get("allowed_updates") or [])
        async with self._changed:
            self.confirmed = max(self.confirmed, int(fields.get("offset", 0)))
            self._updates = [update for update in self._updates if update["update_id"] >= self.confirmed]
            self._changed.notify_all()

            def ready() -> list[Fields]:
                return self.numberless + [update for update in self._updates if _allowed(update, wanted)]

            waiting = self._changed.wait_for(lambda: ready() or self._poll != mine)
            try:
                await asyncio.wait_for(waiting, float(fields.get("timeout", 0)) or 0.01)
            except TimeoutError:
                return []
            if self._poll != mine:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
            return ready()[: int(fields.get("limit", 100))]

    async def _do_setWebhook(self, fields: Fields) -> bool:  # noqa: N802
        if not str(fields["url"]).startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = fields
        return True

    async def _do_deleteWebhook(self, _: Fields) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    async def _do_deleteMessage(self, fields: Fields) -> bool:  # noqa: N802
        self.chats.delete(self.chats.own(fields))
        return True

    async def _do_setMyCommands(self, fields: Fields) -> bool:  # noqa: N802
        refusal = next(filter(None, map(command_refusal, fields["commands"])), None)
        if refusal:
            raise refusal
        self.commands[fields.get("language_code", "")] = fields["commands"]
        return True

    async def _do_sendMessage(self, fields: Fields) -> Fields:  # noqa: N802
        return self.chats.send(fields).as_json()

    async def _do_sendDocument(self, fields: Fields) -> Fields:  # noqa: N802
        chat = self.chats.open_chat(fields)
        content = fields.get("document")
        if not isinstance(content, bytes):
            raise Refusal(400, "Bad Request: there is no document in the request")
        self.documents.append((chat["id"], content))
        document = {"file_id": "f", "file_unique_id": "u"}
        return {"message_id": 8_000_000 + len(self.documents), "chat": chat, "date": 1, "document": document}

    async def _do_sendPhoto(self, fields: Fields) -> Fields:  # noqa: N802
        chat = self.chats.open_chat(fields)
        content = fields.get("photo")
        if not isinstance(content, bytes) or len(str(fields.get("caption", ""))) > 1024:
            raise Refusal(400, "Bad Request: there is no photo in the request, or its caption is too long")
        self.photos.append((chat["id"], content))
        size = {"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}
        return {"message_id": 9_000_000 + len(self.photos), "chat": chat, "date": 1, "photo": [size]}

    async def _do_editMessageText(self, fields: Fields) -> Fields | bool:  # noqa: N802
        if "inline_message_id" in fields:
            return self.edit_inline(fields)
        return self.chats.edit(fields).as_json()

    async def _do_editMessageReplyMarkup(self, fields: Fields) -> Fields:  # noqa: N802
        return self.chats.edit_markup(fields).as_json()

    async def _do_sendChatAction(self, fields: Fields) -> bool:  # noqa: N802
        self.chats.open_chat(fields)
        return True

    async def _do_answerCallbackQuery(self, fields: Fields) -> bool:  # noqa: N802
        query, text = fields.get("callback_query_id", ""), fields.get("text")
        if query not in self._queries:
            raise Refusal(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        if len(text or "") > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self._queries.discard(query)
        self.toasts[query] = text
        self.alerts += [text or ""] if fields.get("show_alert") == "true" else []
        return True


def _allowed(update: Fields, wanted: set[str]) -> bool:
    kind = next(key for key in update if key != "update_id")
    return kind in wanted if wanted else kind not in REACTION_KINDS
