"""One Slack workspace: its channels, people and messages, and what the Web API answers about them."""

import asyncio
import html
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes import slack_rules, slack_streams
from tests.fakes.slack_corners import Corners
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
    streaming: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)  # Users by name.

    @property
    def shown(self) -> str:
        """What people see: the blocks, or the text where there are none."""
        if self.streaming:
            return html.unescape(slack_streams.shown(self.text))
        return html.unescape("".join(slack_rules.shown_texts(self.blocks)) or self.text)

    @property
    def buttons(self) -> dict[str, str]:
        return slack_rules.buttons(self.blocks)


class Workspace(Corners):
    """What Slack keeps. Scopes, events and commands are those of the manifest in docs/."""

    def __init__(self) -> None:
        super().__init__()
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
        self.scopes = {*manifest["oauth_config"]["scopes"]["bot"]}
        self.subscriptions = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        self.commands = {command["command"] for command in manifest["features"]["slash_commands"]}
        self.shortcuts = {shortcut["callback_id"] for shortcut in manifest["features"]["shortcuts"]}
        self.joined = {"C1", "D1", "D2", "C3"}
        self.public = {"C1", "C2", "C3"}  # G1 is private, and the bot is no member.
        self.archived = {"C3"}
        self.users = {"U1": "en-US", "U2": "zh-CN", BOT_USER: "en-US"}
        self.messages: dict[tuple[str, str], Message] = {}
        self.whispers: list[tuple[str, str]] = []  # (user, text): seen by one person only.
        self.whispered_blocks: list[list[Json]] = []  # Of the same whispers.
        self.unstreamed: dict[str, str] = {}  # Why no stream begins in a channel.
        self.thumbs = True  # Whether Slack's own pair of thumbs is taken.
        self.layouts = True  # Whether any blocks are.
        self.most_shown = slack_rules.ALL_BLOCKS_LIMIT  # Bytes in all blocks of a message.
        self.small_lines = True  # Whether small print is taken.
        self.recipients: list[tuple[str, str]] = []  # (team, user) of the streams that were begun.
        self.refused = ""  # The error of every message, whatever is in it.
        self.refused_edits = ""  # The error of every edit.
        self.refusing = "\0"  # What no message may have in it.
        self.frozen: set[str] = set()  # Messages that cannot be edited any more.
        self.pings: list[str] = []  # Messages that called somebody.
        self.limits: dict[str, deque[int]] = defaultdict(deque)  # Retry-After answers to come, by method.
        self.silent: dict[str, asyncio.Event] = {}  # Methods that answer only then.
        self.limited: list[str] = []  # Methods that were answered so.
        self._seconds = 1_700_000_000

    @property
    def bot_messages(self) -> list[Message]:
        return [message for message in self.messages.values() if message.user == BOT_USER]

    def heard(self, message: Message) -> None:
        """The bot hears its own message, where it hears everything."""
        raise NotImplementedError

    def has_message(self, channel: str, ts: str) -> bool:
        return (channel, ts) in self.messages

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
            case "reactions.get":
                return self._reactions(arguments)
            case "chat.delete":
                del self.messages[arguments["channel"], arguments["ts"]]
                return {}
            case "chat.postEphemeral":
                return self._whisper(arguments)
            case "chat.startStream":
                return self._start_stream(arguments)
            case "chat.appendStream" | "chat.stopStream":
                return self._stream(method, arguments)
            case "conversations.open":
                return self._conversation(arguments)
            case "views.open" | "views.update" | "views.publish":
                return self.view(method, arguments)
            case "files.getUploadURLExternal" | "files.completeUploadExternal":
                return self.file(method, arguments)
            case _:
                return self.decorate(method, arguments)

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
        return self._keep_message(channel, thread, arguments["text"], arguments.get("blocks") or [])

    def _keep_message(
        self, channel: str, thread: str | None, text: str, blocks: list[Json], *, streaming: bool = False
    ) -> Json:
        stamp = self.stamp()
        message = Message(channel, stamp, BOT_USER, text, blocks, thread, streaming=streaming)
        self.messages[channel, stamp] = message
        if channel.startswith("D"):
            self.heard(message)
        return {"channel": channel, "ts": stamp}

    def _update(self, arguments: Json) -> Json:
        message = self.messages.get((arguments["channel"], arguments["ts"]))
        if message is None:
            raise Refusal("message_not_found")
        if message.channel in self.archived:
            raise Refusal("is_archived")
        if message.user != BOT_USER:
            raise Refusal("cant_update_message")
        if message.ts in self.frozen:
            raise Refusal("edit_window_closed")
        if self.refused_edits:
            raise Refusal(self.refused_edits)
        if message.streaming:
            raise Refusal("streaming_state_conflict")
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
        self.whisper(arguments["user"], arguments["text"], arguments.get("blocks") or [])
        return {"message_ts": self.stamp()}

    def whisper(self, user: str, text: str, blocks: list[Json]) -> None:
        self.whispers.append((user, text))
        self.whispered_blocks.append(blocks)

    def _start_stream(self, arguments: Json) -> Json:
        channel, thread = arguments["channel"], arguments.get("thread_ts")
        if channel in self.unstreamed:
            raise Refusal(self.unstreamed[channel])
        slack_streams.check_start(arguments, direct=channel.startswith("D"))
        if channel not in self.joined:
            raise Refusal("channel_not_found")
        if channel in self.archived:
            raise Refusal("is_archived")
        if (channel, thread) not in self.messages:
            raise Refusal("thread_not_found")
        text = arguments.get("markdown_text") or ""
        self._check_stream(text)
        self.recipients.append((arguments["recipient_team_id"], arguments["recipient_user_id"]))
        return self._keep_message(channel, thread, text, [], streaming=True)

    def _stream(self, method: str, arguments: Json) -> Json:
        message = self.messages.get((arguments["channel"], arguments["ts"]))
        if message is None:
            raise Refusal("message_not_found")
        if not message.streaming:
            raise Refusal("message_not_in_streaming_state")
        slack_streams.check_markdown(arguments, message.text)
        message.versions.append(message.shown)
        message.text += arguments.get("markdown_text") or ""
        self._check_stream(message.text)
        message.streaming = method != "chat.stopStream"
        return {"channel": message.channel, "ts": message.ts}

    def end_streams(self) -> None:
        """What Slack does to a stream after some five minutes."""
        for message in self.bot_messages:
            message.streaming = False

    def _check_stream(self, markdown: str) -> None:
        if slack_streams.obeys(markdown):
            self.pings.append(markdown)

    def _reactions(self, arguments: Json) -> Json:
        message = self.messages.get((arguments["channel"], arguments["timestamp"]))
        if message is None:
            raise Refusal("message_not_found")
        listed = [{"name": name, "users": list(users)} for name, users in message.reactions.items() if users]
        return {"type": "message", "message": {"ts": message.ts, "reactions": listed}}

    def _conversation(self, arguments: Json) -> Json:
        user = arguments["users"]
        if user not in self.users:
            raise Refusal("user_not_found")
        return {"channel": {"id": f"D{user[1:]}"}}

    def _check(self, arguments: Json) -> None:
        if self.refused:
            raise Refusal(self.refused)
        if self.refusing in arguments["text"]:
            raise Refusal("restricted_content")
        if not self.thumbs and any(b["type"] == "context_actions" for b in arguments.get("blocks") or []):
            raise Refusal("invalid_blocks")
        if not self.layouts and arguments.get("blocks"):
            raise Refusal("invalid_blocks")
        if not self.small_lines and any(b["type"] == "context" for b in arguments.get("blocks") or []):
            raise Refusal("invalid_blocks")
        slack_rules.check_content(arguments, self.most_shown)
        if slack_rules.pings(arguments):
            self.pings.append(arguments["text"])
