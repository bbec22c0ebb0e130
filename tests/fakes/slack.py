"""A strict Slack over real HTTP and WebSocket: one workspace that refuses what Slack refuses."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.deadline import DEADLINE
from tests.fakes import slack_rules, slack_views
from tests.fakes.slack_rules import EVENT_SCOPES, Refusal
from tests.fakes.slack_socket import Changes, Envelope, SocketMode
from tests.fakes.slack_workspace import BOT_ID, BOT_USER, TEAM, Json, Message, Workspace


class SlackServer(Workspace):
    """A workspace behind HTTP and WebSocket, whose people the test plays."""

    def __init__(self, redeliver_after: float = 3.0) -> None:
        super().__init__()
        self.changes = Changes()
        self.socket = SocketMode(self.changes, redeliver_after)
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def started(cls, redeliver_after: float = 3.0) -> AsyncIterator["SlackServer"]:
        server = cls(redeliver_after)
        app = web.Application()
        app.router.add_route("*", "/api/{method}", server._api)
        app.router.add_get("/socket/{ticket}", server.socket.handle)
        app.router.add_post("/respond/{user}", server._respond)
        app.router.add_post("/upload/{file}", server._upload)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield server
        finally:
            await server.socket.close()
            await runner.cleanup()

    # What people do

    def mention(self, text: str, channel: str = "C1", user: str = "U1", **more: Any) -> Envelope:
        return self.say("app_mention", f"<@{BOT_USER}> {text}", channel, user, **more)

    def direct(self, text: str, channel: str = "D1", user: str = "U1", **more: Any) -> Envelope:
        return self.say("message", text, channel, user, channel_type="im", **more)

    def say(self, kind: str, text: str, channel: str, user: str, **more: Any) -> Envelope:
        stamp = str(more.pop("ts", None) or self.stamp())
        self.messages[channel, stamp] = Message(channel, stamp, user, text, [], more.get("thread_ts"))
        event = {"type": kind, "channel": channel, "user": user, "text": text, "ts": stamp, "event_ts": stamp}
        return self.event(event | more)

    def command(self, name: str, text: str, channel: str = "C1", user: str = "U1") -> Envelope:
        assert name in self.commands, f"{name} is not in the manifest"
        place = {"channel_id": channel, "user_id": user, "team_id": TEAM}
        url = f"{self.url}/respond/{user}"
        body = {"command": name, "text": text, "trigger_id": self.stamp(), "response_url": url}
        return self.socket.send("slash_commands", body | place)

    def tap(self, message: Message, action: str, user: str = "U1", at: str = "") -> Envelope:
        """`at`: in a moment that other taps have as well."""
        element = {"type": "button", "action_id": action, "value": message.buttons[action]}
        if action.startswith("rate_") and element["value"].startswith(("up:", "down:")):
            element |= {"type": "feedback_buttons", "action_id": "rate"}
        shown = {"ts": message.ts, "user": BOT_USER, "text": message.text, "blocks": message.blocks}
        body = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "channel": {"id": message.channel},
            "message": shown | ({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            "actions": [element | {"action_ts": at or self.stamp()}],
            "trigger_id": self.stamp(),
            "response_url": f"{self.url}/respond/{user}",
        }
        return self.socket.send("interactive", body)

    def react(self, message: Message, name: str, user: str = "U1", *, added: bool = True) -> Envelope:
        users = message.reactions.setdefault(name, [])
        if added:
            users.append(user)
        elif user in users:
            users.remove(user)
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self.stamp(),
        }
        return self.event(event)

    def tap_whisper(self, action: str, user: str = "U1", channel: str = "C1") -> Envelope:
        """A tap on a button of the newest whisper that has it: no message is sent along."""
        blocks = next(b for b in reversed(self.whispered_blocks) if action in slack_rules.buttons(b))
        value = slack_rules.buttons(blocks)[action]
        container = {"type": "message", "channel_id": channel, "is_ephemeral": True}
        return self._act({"action_id": action, "value": value}, user, container=container)

    def tap_view(self, view: Json, action: str, value: str = "", user: str = "U1") -> Envelope:
        """A tap on a button, or a choice, in a home or a modal."""
        option = {"selected_option": {"value": value or "none"}}
        return self._act({"action_id": action, "value": value} | option, user, view=view)

    def _act(self, action: Json, user: str, **more: Any) -> Envelope:
        body = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "actions": [{"type": "button", "action_ts": self.stamp()} | action],
            "trigger_id": self.stamp(),
            "response_url": f"{self.url}/respond/{user}",
        }
        return self.socket.send("interactive", body | more)

    def submit(self, view: Json, user: str = "U1", **entered: str) -> Envelope:
        """A filled-in modal."""
        state = slack_views.submitted(view, entered)
        who = {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM}}
        return self.socket.send("interactive", who | {"view": view | {"state": state}})

    def shortcut(self, name: str, message: Message, user: str = "U1") -> Envelope:
        """A choice in the menu of a message."""
        assert name in self.shortcuts, f"{name} is not in the manifest"
        shown = {"type": "message", "ts": message.ts, "user": message.user, "text": message.text}
        body = {
            "type": "message_action",
            "callback_id": name,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "channel": {"id": message.channel},
            "message": shown | ({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            "message_ts": message.ts,
            "trigger_id": self.stamp(),
            "response_url": f"{self.url}/respond/{user}",
        }
        return self.socket.send("interactive", body)

    def open_home(self, user: str = "U1") -> Envelope:
        event = {"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": "home"}
        return self.event(event | {"event_ts": self.stamp()})

    def open_assistant(self, channel: str = "D1", user: str = "U1") -> str:
        """A new assistant thread. Returns its thread_ts."""
        stamp = self.stamp()
        self.messages[channel, stamp] = Message(channel, stamp, BOT_USER + "x", "", [])
        thread = {"user_id": user, "channel_id": channel, "thread_ts": stamp, "context": {}}
        event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": self.stamp()}
        self.event(event)
        return stamp

    def event(self, event: Json) -> Envelope:
        """An event of the Events API, under a new event id. Refuses what the manifest does not ask for."""
        name = "message.im" if event["type"] == "message" else event["type"]
        assert name in self.subscriptions, f"{name} is not in the manifest"
        scope = EVENT_SCOPES[name]
        assert scope is None or scope in self.scopes, f"{name} needs {scope}"
        body = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{self.stamp()}", "event": event}
        return self.socket.send("events_api", body)

    # What the test sees

    async def until(self, condition: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
        """Wait until something that happens here makes `condition` true."""
        await self.changes.until(condition, what, deadline)

    async def acknowledged(self, *envelopes: Envelope) -> None:
        await self.until(lambda: all(e.acknowledged_in is not None for e in envelopes), "acknowledgements")

    async def posted(self, count: int = 1) -> list[Message]:
        """The bot's messages, once there are `count`."""
        await self.until(lambda: len(self.bot_messages) >= count, f"{count} messages of the bot")
        return self.bot_messages

    async def shows(self, message: Message, text: str) -> None:
        await self.until(lambda: text in message.shown, f"{text!r} in a message")

    async def viewed(self, count: int = 1) -> Json:
        """The newest view, once so many were opened or updated."""
        await self.until(lambda: len(self.views) >= count, f"{count} views")
        return self.views[count - 1]

    async def whispered(self, count: int = 1) -> list[tuple[str, str]]:
        await self.until(lambda: len(self.whispers) >= count, f"{count} whispers")
        return self.whispers

    # What Slack does

    def heard(self, message: Message) -> None:
        said = {"channel": message.channel, "channel_type": "im", "user": BOT_USER, "bot_id": BOT_ID}
        self.event({"type": "message", "text": message.text, "ts": message.ts, **said})

    def socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws')}/socket/{self.socket.new_ticket()}"

    def upload_url(self, name: str) -> str:
        return f"{self.url}/upload/{name}"

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        try:
            if method in self.silent:
                await self.silent[method].wait()
            if self.limits[method]:
                self.limited.append(method)
                pause = {"Retry-After": str(self.limits[method].popleft())}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=pause)
            self.check_token(method, request.headers.get("Authorization", ""))
            body = await request.json() if request.content_type == "application/json" else {}
            arguments = {**request.query, **(await request.post()), **body}
            answer = {"ok": True} | self.answer(method, arguments)
            return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(self.scopes))})
        except Refusal as refusal:
            return web.json_response({"ok": False, "error": str(refusal)})
        finally:
            self.changes.happened()

    async def _respond(self, request: web.Request) -> web.Response:
        """A response URL: what is posted there is seen by the one who acted."""
        body = await request.json()
        self.whisper(request.match_info["user"], body["text"], body.get("blocks") or [])
        self.changes.happened()
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        self.files[request.match_info["file"]] = await request.read()
        return web.Response(text="OK")
