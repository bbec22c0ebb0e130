"""`/rhapsode` in Slack: a reader's own affairs, and what only operators may."""

import asyncio
from functools import partial

from slack_bolt.async_app import AsyncRespond

from bots.operators import NotOperator
from bots.slack_home import Home
from bots.slack_payloads import Payload, a_text, an_id, command_key
from bots.slack_stopping import Stopping
from bots.slack_workspace import Tell, Workspace, answerer, told
from bots.status_sentences import status_sentences, version_sentence
from bots.texts import say

_PAUSES = {"pause": True, "resume": False}


class Commands:
    """Does what follows `/rhapsode`; help, where that is nothing it knows."""

    def __init__(self, workspace: Workspace, stopping: Stopping, home: Home) -> None:
        self._workspace = workspace
        self._stopping = stopping
        self._home = home

    async def on_command(self, body: Payload, respond: AsyncRespond) -> None:
        words = a_text(body.get("text")).lower().split()
        user, trigger = an_id(body["user_id"]), an_id(body["trigger_id"])
        wish = "mydata" if body["command"] == "/mydata" else words[0] if words else "help"
        do = partial(self._do, wish, user, trigger, answerer(respond))
        self._workspace.work.once(command_key(body), user, do)

    async def _do(self, wish: str, user: str, trigger: str, tell: Tell) -> None:
        match wish:
            case "mydata":
                await self._home.open_data(trigger, user, tell)
            case "settings":
                await self._home.open_settings(trigger, user, tell)
            case "stop":
                await self._stopping.stop_all(user, tell)
            case "status" | "version" | "pause" | "resume":
                await self._workspace.attempt(tell, user, lambda: self._operate(wish, user, tell))
            case _:
                await told(tell, say(await self._workspace.locale(user), "slack-help"))

    async def _operate(self, wish: str, user: str, tell: Tell) -> None:
        locale = await self._workspace.locale(user)
        try:
            await told(tell, await self._operated(wish, user, locale))
        except NotOperator:
            await told(tell, say(locale, "not-operator"))

    async def _operated(self, wish: str, user: str, locale: str) -> str:
        operator, operators = self._workspace.reader(user), self._workspace.operators
        if wish in _PAUSES:
            await asyncio.to_thread(lambda: operators.pause(operator, paused=_PAUSES[wish]))
            return say(locale, "requests-paused" if _PAUSES[wish] else "requests-resumed")
        status = await asyncio.to_thread(operators.status, operator)
        return version_sentence(locale, status) if wish == "version" else status_sentences(locale, status)
