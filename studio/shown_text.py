"""One text of a piece, and what a reader can do with it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from nicegui import ui

from bots.messages import Reply, UnknownCompletion
from feedback.database import DatabaseGone
from studio.markup import box, form_title, words
from studio.own_version import OwnVersion
from studio.parts import Parts
from studio.verdict import Verdict
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

SOME = 3  # Variants, on the button that asks for them.


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reader may want of a finished text."""

    more: Callable[[Reply, int], Awaitable[None]]  # So many others on the same prompt.
    change: Callable[[Reply], None]
    choose: Callable[[Reply], None]  # Called after the choice was kept.


class CopyButton(ui.element, component="static/copy_button.js"):
    def __init__(self, visitor: Visitor) -> None:
        super().__init__()
        self.props["label"] = visitor.text("studio-copy")
        self.props["done"] = visitor.text("studio-copied")


class PictureButton(ui.element, component="static/picture_button.js"):
    def __init__(self, visitor: Visitor, title: str, mark: str) -> None:
        super().__init__()
        self.props["label"] = visitor.text("studio-picture")
        self.props["title"] = title
        self.props["mark"] = mark


class ShownText:
    def __init__(self, parts: Parts, visitor: Visitor, asked: str, wishes: Wishes) -> None:
        self._parts = parts
        self._asked = asked
        self._visitor = visitor
        self._wishes = wishes
        with box("section", "text") as self.element:
            self._text = words("div", "", "piece-text")
            self._foot = box("footer", "piece-foot")
        self._choose: ui.element | None = None

    def show(self, text: str) -> None:
        self._text.text = text

    def finish(self, reply: Reply, value: float | None) -> None:
        """Show the whole text with its buttons. `value` is the reader's own rating."""
        self._text.text = reply.text
        self._text.classes(f"layout-{self._parts.forms.get(reply.form, 'verse')}")
        self._foot.clear()  # A feed that breaks off at its very end tells it twice.
        with self._foot:
            self._verdict = Verdict(self._parts, self._visitor, reply.completion_id, value)
            with box("div", "acts"):
                if reply.of > 1:
                    self.element.classes("variant")
                    self._choose = self._button("studio-choose", lambda: self._chosen(reply), "choose")
                self._button("button-again", lambda: self._wishes.more(reply, 1), "again")
                if reply.of == 1:
                    self._button("button-variants", lambda: self._wishes.more(reply, SOME), "variants")
                self._button("studio-change", lambda: self._changed(reply), "change")
                self._button("button-edit", self._edited, "edit")
                CopyButton(self._visitor)
                PictureButton(self._visitor, self._asked, self._mark_of(reply))
            seconds = f"{reply.total_ms / 1000:.1f}"
            form = form_title(self._visitor, reply.form)
            facts = {"form": form, "version": reply.model_version, "seconds": seconds}
            told = self._visitor.text("studio-facts", **facts)
            words("p", f"{reply.mark} · {told}" if reply.mark else told, "facts")
            said = self._verdict.said
            self._own = OwnVersion(self._parts, self._visitor, reply.completion_id, said)

    def _mark_of(self, reply: Reply) -> str:
        """What stands below its picture."""
        form = form_title(self._visitor, reply.form)
        return f"{form} · {reply.mark}" if reply.mark else form

    async def _edited(self) -> None:
        self._own.open(self._text.text)

    def mark(self, chosen: bool) -> None:
        """Show whether this variant is the chosen one."""
        if self._choose is not None:
            self._choose.props["aria-pressed"] = "true" if chosen else "false"
            self.element.props["data-chosen"] = "true" if chosen else "false"

    def _button(self, key: str, act: Callable[[], Awaitable[None]], name: str) -> ui.element:
        button = words("button", self._visitor.text(key), f"quiet {name}").props("type=button")
        return button.on("click", act, args=[])

    async def _changed(self, reply: Reply) -> None:
        self._wishes.change(reply)

    async def _chosen(self, reply: Reply) -> None:
        try:
            await asyncio.to_thread(self._parts.inbox.prefer, self._visitor.reader, reply.completion_id)
        except UnknownCompletion:
            self._verdict.say(self._visitor.text("unknown-completion"))
        except DatabaseGone as error:
            log.warning("a choice could not be kept", completion_id=reply.completion_id, error=str(error))
            self._verdict.say(self._visitor.text("service-down"))
        else:
            self._wishes.choose(reply)
            self._verdict.say(self._visitor.text("chosen"))
