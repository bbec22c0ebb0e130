"""One Slack workspace: its channels, people and messages, and what the Web API answers about them."""

import html
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes import slack_rules
from tests.fakes.slack_rules import METHOD_SCOPES, Refusal

MANIFEST = Path(__file__).parents[2] / "docs" / "slack-manifest.json"
BOT_TOKEN, APP_TOKEN = "xoxb-1-test", "xapp-1-test"
TEAM, BOT_USER, BOT_ID = "T1", "UBOT", "BBOT"

Json = dict[str, Any]


@dataclass
class Message:
    """One message in a channel, and what it showed before."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    versions: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """What people see: the blocks, or the text where there are none."""
        return html.unescape("".join(slack_rules.shown_texts(self.blocks)) or self.text)

    @property
    def buttons(self) -> dict[str, str]:
        return slack_rules.buttons(self.blocks)


class Workspace:
    """What Slack keeps. Scopes, events and commands are those of the manifest in docs/."""

    def __init__(self) -> None:
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
        self.scopes = {*manifest["oauth_config"]["scopes"]["bot"]}
        self.subscriptions = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        self.commands = {command["command"] for command in manifest["features"]["slash_commands"]}
        self.joined = {"C1", "D1", "D2", "C3"}
        self.public = {"C1", "C2", "C3"}  # G1 is private, and the bot is no member.
        self.archived = {"C3"}
        self.users = {"U1": "en-US", "U2": "zh-CN", BOT_USER: "en-US"}
        self.messages: dict[tuple[str, str], Message] = {}
        self.whispers: list[tuple[str, str]] = []  # (user, text): seen by one person only.
        self.pings: list[str] = []  # Messages that called somebody.
        self.limits: dict[str, deque[int]] = defaultdict(deque)  # Retry-After answers to come, by method.
        self.limited: list[str] = []  # Methods that were answered so.
        self._seconds = 1_700_000_000

    @property
    def bot_messages(self) -> list[Message]:
        return [message for message in self.messages.values() if message.user == BOT_USER]

    def heard(self, message: Message) -> None:
        """The bot hears its own message, where it hears everything."""
        raise NotImplementedError

    def socket_url(self) -> str:
        """A new address for one connection of Socket Mode."""
        raise NotImplementedError

    def stamp(self) -> str:
        """A time that nothing else has."""
        self._seconds += 1
        return f"{self._seconds}.000100"

    def check_token(self, method: str, authorization: str) -> None:
        if method not in METHOD_SCOPES:
            raise Refusal("unknown_method")
        token, scope = authorization.removeprefix("Bearer "), METHOD_SCOPES[method]
        if not token:
            raise Refusal("not_authed")
        if token not in (BOT_TOKEN, APP_TOKEN):
            raise Refusal("invalid_auth")
        if (token == APP_TOKEN) != (scope == "connections:write"):
            raise Refusal("not_allowed_token_type")
        if token == BOT_TOKEN and scope and scope not in self.scopes:
            raise Refusal("missing_scope")

    def answer(self, method: str, arguments: Json) -> Json:
        match method:
            case "auth.test":
                return {"team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID, "user": "rhapsode"}
            case "apps.connections.open":
                return {"url": self.socket_url()}
            case "users.info":
                return self._user(arguments)
            case "chat.postMessage":
                return self._post(arguments)
            case "chat.update":
                return self._update(arguments)
            case _:
                return self._whisper(arguments)

    def _user(self, arguments: Json) -> Json:
        if arguments["user"] not in self.users:
            raise Refusal("user_not_found")
        asked = str(arguments.get("include_locale", "0")).lower() in ("1", "true")
        locale = {"locale": self.users[arguments["user"]]} if asked else {}
        return {"user": {"id": arguments["user"], **locale}}

    def _post(self, arguments: Json) -> Json:
        channel, thread = arguments["channel"], arguments.get("thread_ts")
        if channel not in self.joined | self.public:
            raise Refusal("channel_not_found")
        if channel in self.archived:
            raise Refusal("is_archived")
        if channel not in self.joined and "chat:write.public" not in self.scopes:
            raise Refusal("not_in_channel")
        if thread and (channel, thread) not in self.messages:
            raise Refusal("thread_not_found")
        self._check(arguments)
        stamp = self.stamp()
        message = Message(channel, stamp, BOT_USER, arguments["text"], arguments.get("blocks") or [], thread)
        self.messages[channel, stamp] = message
        if channel.startswith("D"):
            self.heard(message)
        return {"channel": channel, "ts": stamp}

    def _update(self, arguments: Json) -> Json:
        message = self.messages.get((arguments["channel"], arguments["ts"]))
        if message is None:
            raise Refusal("message_not_found")
        if message.user != BOT_USER:
            raise Refusal("cant_update_message")
        self._check(arguments)
        message.versions.append(message.shown)
        message.text = arguments["text"]
        message.blocks = arguments.get("blocks", message.blocks)  # Without new ones the old ones stay.
        return {"channel": message.channel, "ts": message.ts}

    def _whisper(self, arguments: Json) -> Json:
        if arguments["channel"] not in self.joined:
            raise Refusal("channel_not_found")
        if arguments["user"] not in self.users:
            raise Refusal("user_not_in_channel")
        self._check(arguments)
        self.whispers.append((arguments["user"], arguments["text"]))
        return {"message_ts": self.stamp()}

    def _check(self, arguments: Json) -> None:
        slack_rules.check_content(arguments)
        if slack_rules.pings(arguments):
            self.pings.append(arguments["text"])
