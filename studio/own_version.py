"""Where a reader writes a piece anew: what they save is what is learned from most."""

import asyncio

import structlog
from nicegui import events, ui
from nicegui.elements.mixins.text_element import TextElement

from bots.messages import Refused, UnknownCompletion
from feedback.database import DatabaseGone
from studio.parts import Parts
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

LONGEST = 20_000  # Characters.


class OwnVersion(ui.element, component="static/own_version.js"):
    def __init__(self, parts: Parts, visitor: Visitor, completion_id: int, said: TextElement) -> None:
        super().__init__()
        self._parts = parts
        self._visitor = visitor
        self._completion_id = completion_id
        self._said = said
        self._text = ""
        say = visitor.text
        self.props["words"] = {
            "label": say("version-title"),
            "lead": say("version-lead"),
            "save": say("keep"),
            "cancel": say("studio-cancel"),
        }
        self.on("save", self._on_save)

    def open(self, text: str) -> None:
        self.run_method("open", self._text or text)

    async def _on_save(self, event: events.GenericEventArguments) -> None:
        if isinstance(event.args, str):
            self._said.text = await self._keep(event.args[:LONGEST])

    async def _keep(self, text: str) -> str:
        """What is to be said of it."""
        say, reader = self._visitor.text, self._visitor.reader
        try:
            await asyncio.to_thread(self._parts.inbox.rewrite, reader, self._completion_id, text)
        except Refused as refused:
            empty = refused.reason == "empty-prompt"
            return say("version-empty") if empty else say(refused.reason, **refused.facts)
        except UnknownCompletion:
            return say("unknown-completion")
        except DatabaseGone as error:
            log.warning("a version could not be kept", completion_id=self._completion_id, error=str(error))
            return say("service-down")
        self._text = text
        self.run_method("close")
        return say("version-kept")
