"""The fakes of both platforms with readers at work on them: who was asked what, shown what, and when."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bots.telegram_webhook import HEADER, Webhook
from tests.fakes.slack import SlackServer
from tests.fakes.slack_socket import Envelope
from tests.fakes.slack_workspace import BOT_USER, Json
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields, Message, person

_RATERS = 50  # Each likes a message once.


@dataclass
class Seen:
    """What one chat saw: when the bot last showed something before the answer, and when answers came."""

    shown_at: float = 0.0
    answered_at: dict[str, float] = field(default_factory=dict)


class Platform:
    """Readers of one platform: each prompt is asked in a chat of its own."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.votes = 0
        self._numbers = itertools.count(10_000)
        self._to_like: list[tuple[Any, int]] = []

    def note(self, chat: str, message: str, *, rateable: bool) -> bool:
        """Keep what came. True if it is a new answer."""
        seen = self.seen.get(chat)
        if seen is None:
            return False
        if not rateable and not seen.answered_at:
            seen.shown_at = time.time()
        if not rateable or message in seen.answered_at:
            return False
        seen.answered_at[message] = time.time()
        return True

    def next_like(self) -> tuple[Any, int] | None:
        """A message and a rater who has not liked it yet."""
        if not self._to_like:
            return None
        message, rater = self._to_like.pop(0)
        if rater + 1 < _RATERS:
            self._to_like.append((message, rater + 1))
        self.votes += 1
        return message, rater


class Telegram(Platform):
    name = "telegram"

    def __init__(self, server: FakeTelegram) -> None:
        super().__init__()
        self.server = server
        self._last: Fields = {}
        self._newest = 0  # Number of an update.
        self._hook: Webhook | None = None
        self._posts: set[asyncio.Task[None]] = set()
        self.acknowledged: list[float] = []  # Seconds, of updates that were posted.
        self._queue = server.push
        server.push = self._push  # type: ignore[method-assign]
        server.knows_drafts = True
        for name in ("send", "edit"):
            setattr(server.chats, name, self._noting(getattr(server.chats, name)))
        self._take_draft = server.draft
        server.draft = self._draft  # type: ignore[method-assign]

    async def ask(self) -> None:
        """Every second time: 30 calls a second are for all chats, and somebody's first answer takes three."""
        number = next(self._numbers)
        if number % 2:
            await self.like()
            return
        self.seen[str(number)] = Seen()
        self._last = await self.server.says("/story rain", by=person(number))
        self._newest = int(self._last["update_id"])

    async def repeat(self) -> None:
        self._newest = int((await self.server.push("message", self._last["message"]))["update_id"])

    async def like(self) -> None:
        if found := self.next_like():
            message, rater = found
            if rater % 2:
                await self.server.taps(message, "👍", person(rater + 1))
            else:
                await self.server.reacts(message, person(rater + 1), ["👍"])

    async def chatter(self) -> None:
        await self.server.push("edited_message", self._last["message"])

    def waiting(self) -> int:
        return len(self._posts) if self._hook else max(0, self._newest - self.server.confirmed + 1)

    def post_to(self, hook: Webhook) -> None:
        """From now on updates are posted, as Telegram does once a webhook is set."""
        self._hook = hook

    async def _push(self, kind: str, content: Fields) -> Fields:
        if self._hook is None:
            return await self._queue(kind, content)
        update = {"update_id": self.server.next_number(), kind: content}
        post = asyncio.create_task(self._post(self._hook, update))
        self._posts.add(post)
        post.add_done_callback(self._posts.discard)
        return update

    async def _post(self, hook: Webhook, update: Fields) -> None:
        address, began = f"http://{hook.listen}:{hook.port}{hook.path}", time.monotonic()
        async with aiohttp.request("POST", address, json=update, headers={HEADER: hook.secret}) as answer:
            answer.raise_for_status()
        self.acknowledged.append(time.monotonic() - began)

    def _draft(self, fields: Fields) -> bool:
        taken = self._take_draft(fields)
        self.note(str(fields["chat_id"]), "", rateable=False)
        return taken

    def _noting(self, method: Any) -> Any:
        def noted(fields: Fields) -> Message:
            message: Message = method(fields)
            if self.note(str(message.chat["id"]), str(message.id), rateable="👍" in message.labels):
                self._to_like.append((message, 0))
            return message

        return noted


class Slack(Platform):
    name = "slack"

    def __init__(self, server: SlackServer) -> None:
        super().__init__()
        self.server = server
        self.envelopes: list[Envelope] = []
        self._last: tuple[str, str, str] = ("", "", "")
        self._answer = server.answer
        server.answer = self._noted  # type: ignore[method-assign]
        server.heard = self._own_message  # type: ignore[method-assign]
        for rater in range(_RATERS):
            server.users[f"U{rater}"] = "en-US"

    async def ask(self) -> None:
        number = next(self._numbers)
        self._last = f"C{number}", f"UR{number}", self.server.stamp()
        self.server.users[f"UR{number}"] = "en-US"
        self.seen[f"C{number}"] = Seen()
        self.server.joined.add(f"C{number}")
        await self.repeat()

    async def repeat(self) -> None:
        channel, user, stamp = self._last
        self._keep(self.server.mention("a story about rain", channel, user, ts=stamp))

    async def like(self) -> None:
        if found := self.next_like():
            message, rater = found
            if rater % 2:
                self._keep(self.server.tap(message, "rate_up", f"U{rater}"))
            else:
                self._keep(self.server.react(message, "+1", f"U{rater}"))

    async def chatter(self) -> None:
        channel, user, stamp = self._last
        more = {"subtype": "message_changed"}
        self._keep(self.server.say("message", "edited", channel, user, ts=stamp, **more))

    def waiting(self) -> int:
        return sum(envelope.acknowledged_in is None for envelope in self.envelopes)

    def _keep(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def _own_message(self, message: Any) -> None:
        """Left out here: the bot hears its own messages in other tests."""

    def _noted(self, method: str, arguments: Json) -> Json:
        answer = self._answer(method, arguments)
        if method in ("chat.postMessage", "chat.update"):
            message = self.server.messages[answer["channel"], answer["ts"]]
            assert message.user == BOT_USER
            if self.note(message.channel, message.ts, rateable="rate_up" in message.buttons):
                self._to_like.append((message, 0))
        return answer
