"""The box a reader types into, with a chip for each form."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from nicegui import events, ui

from studio.markup import form_title
from studio.visitor import Visitor

_KEY = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    form: str | None
    key: str  # Made by the browser, and kept until the draft changes: the same key is the same prompt.
    answers: int | None = None  # The completion that is to be changed.


class Composer(ui.element, component="static/composer.js"):
    def __init__(self, visitor: Visitor, forms: list[str], send: Callable[[Draft], Awaitable[None]]) -> None:
        super().__init__()
        self._send = send
        self.props["forms"] = [{"name": name, "title": form_title(visitor, name)} for name in forms]
        names = ("forms", "ask", "placeholder", "change-placeholder", "keep", "send", "hint")
        self.props["words"] = {name: visitor.text(f"studio-{name}") for name in names}
        self.on("send", self._on_send)

    def accepted(self, key: str) -> None:
        """Make room for the next request."""
        self.run_method("accepted", key)

    def refused(self, sentence: str) -> None:
        """Keep the draft and say why it was not taken."""
        self.run_method("refused", sentence)

    def fill(self, text: str) -> None:
        self.run_method("fill", text)

    def change(self, completion_id: int, told: str) -> None:
        """Make the next draft an answer to that piece, and say so."""
        self.run_method("change", {"id": completion_id, "told": told})

    async def _on_send(self, event: events.GenericEventArguments) -> None:
        if draft := to_draft(event.args):
            await self._send(draft)


def to_draft(args: Any) -> Draft | None:
    """What a browser sent. None if it has another shape than what our script sends: no reader did that."""
    if not isinstance(args, dict):
        return None
    text, form, key = args.get("text"), args.get("form"), args.get("key")
    if not isinstance(text, str) or not isinstance(key, str) or not _KEY.fullmatch(key):
        return None
    answers = args.get("answers")
    return Draft(
        text, form if isinstance(form, str) else None, key, answers if type(answers) is int else None
    )
