"""Chats on both platforms, as a test of the whole service sees them: asked in, answered in, rated in."""

from typing import Protocol

from bots.texts import say
from feedback.store import Store
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import Message as SlackMessage
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT, group, person, private
from tests.fakes.telegram_chats import Message as TelegramMessage


class Chat(Protocol):
    """One reader alone with the bot."""

    platform: str
    id: str

    async def ask(self) -> None: ...

    async def ask_again_as_a_duplicate(self) -> None:
        """The same message once more, as platforms repeat it: under a new event's id."""

    def shown(self) -> list[str]:
        """What the bot's messages show now."""

    def live(self) -> list[str]:
        """What was shown so far beside the messages."""

    def answers(self) -> list[str]:
        """Ids of the messages with buttons."""

    async def like(self, message: str) -> None:
        """Tap 👍."""

    def delete(self) -> None:
        """The reader deletes what the bot has said so far."""

    def lock(self) -> None:
        """Nothing that the bot has said so far can be edited any more."""

    def flood(self, *seconds: int) -> None:
        """So many calls are refused, each with its own pause."""

    def close(self) -> None:
        """The channel is deleted, the bot blocked."""


class TelegramChat:
    """A private chat, or a group with one reader."""

    platform = "telegram"

    def __init__(self, telegram: FakeTelegram, number: int, *, in_group: bool = False) -> None:
        self._telegram = telegram
        self._person = person(number)
        self._chat = group(number) if in_group else private(self._person)
        self._number = int(self._chat["id"])
        self.id = str(self._number)
        self._update: dict[str, object] = {}
        self._floods = 0  # Calls that were to be refused.

    async def ask(self) -> None:
        said = f"/poem@{BOT['username']} rain"
        self._update = await self._telegram.says(said, by=self._person, chat=self._chat)

    async def ask_again_as_a_duplicate(self) -> None:
        await self._telegram.push("message", self._update["message"])  # type: ignore[arg-type]

    def shown(self) -> list[str]:
        return [message.text for message in self._messages()]

    def live(self) -> list[str]:
        return [text for chat, _, text in self._telegram.drafts if chat == self._number]

    def answers(self) -> list[str]:
        return [str(message.id) for message in self._messages() if "👍" in _labels(message)]

    async def like(self, message: str) -> None:
        found = next(one for one in self._messages() if str(one.id) == message)
        await self._telegram.taps(found, "👍", self._person)

    def delete(self) -> None:
        for message in self._messages():
            self._telegram.chats.delete(message)

    def lock(self) -> None:
        for message in self._messages():
            self._telegram.chats._others.add((self._number, message.id))

    def was_refused(self) -> bool:
        return len(self._telegram.chats.floods[self._number]) < self._floods

    def flood(self, *seconds: int) -> None:
        self._telegram.chats.floods[self._number] = list(seconds)
        self._floods = len(seconds)

    def close(self) -> None:
        self._telegram.chats.blocked.add(self._number)

    def _messages(self) -> list[TelegramMessage]:
        """All but the word on consent, which comes once beside the first answer."""
        consent = say("en", "telegram-consent")
        here = [message for message in self._telegram.chats.sent if message.chat["id"] == self._number]
        return [message for message in here if message.text != consent]


class SlackChat:
    platform = "slack"

    def __init__(self, slack: SlackServer, number: int) -> None:
        self._slack = slack
        self._user = f"U{number}"
        self.id = f"D{number}"
        slack.users[self._user] = "en-US"
        slack.joined.add(self.id)
        self._stamp = slack.stamp()

    async def ask(self) -> None:
        self._slack.direct("a poem about rain", self.id, self._user, ts=self._stamp)

    async def ask_again_as_a_duplicate(self) -> None:
        await self.ask()

    def shown(self) -> list[str]:
        return [message.shown for message in self._messages()]

    def live(self) -> list[str]:
        return []  # It is in the messages.

    def answers(self) -> list[str]:
        return [message.ts for message in self._messages() if "rate_up" in message.buttons]

    async def like(self, message: str) -> None:
        self._slack.tap(self._slack.messages[self.id, message], "rate_up", self._user)

    def delete(self) -> None:
        for message in self._messages():
            del self._slack.messages[self.id, message.ts]

    def lock(self) -> None:
        for message in self._messages():
            message.user = "USOMEBODY"

    def flood(self, *seconds: int) -> None:
        self._slack.limits["chat.update"].extend(seconds)

    def close(self) -> None:
        self.delete()
        self._slack.joined.discard(self.id)

    def _messages(self) -> list[SlackMessage]:
        return [message for message in self._slack.bot_messages if message.channel == self.id]


def _labels(message: TelegramMessage) -> list[str]:
    return [button["text"] for row in message.markup for button in row]


def rating_of(store: Store, chat: Chat, message: str) -> list[float]:
    """What the store holds about what a message shows."""
    completion = store.messages.completion_shown_in(chat.platform, chat.id, message)
    return [rating.value for rating in store.ratings.of(completion)] if completion else []
