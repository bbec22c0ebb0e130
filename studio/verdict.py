"""The two buttons with which a reader judges a piece, and why it is disliked."""

import asyncio

import structlog
from nicegui import ui

from bots.messages import REASONS, UnknownCompletion, Vote
from feedback.database import DatabaseGone
from studio.markup import box, words
from studio.parts import Parts
from studio.visitor import Visitor

log = structlog.get_logger(__name__)

_SENTENCES = {1.0: "rated-up", -1.0: "rated-down", None: "rating-cleared"}


class Verdict:
    """A second tap on the same button clears, the other one flips."""

    def __init__(self, parts: Parts, visitor: Visitor, completion_id: int, value: float | None) -> None:
        self._parts = parts
        self._visitor = visitor
        self._completion_id = completion_id
        self._one_by_one = asyncio.Lock()  # Two quick taps are two votes, in the order of the taps.
        self._buttons = {
            1.0: self._button(1.0, "thumb_up", "studio-rate-up"),
            -1.0: self._button(-1.0, "thumb_down", "studio-rate-down"),
        }
        self.said = words("p", "", "said").props("role=status")
        self._reasons = self._build_reasons()
        self._reasons.set_visibility(False)
        self._press(value)

    def _button(self, value: float, icon: str, label: str) -> ui.element:
        name = self._visitor.text(label)
        button = box("button", "verdict", type="button", aria_label=name, title=name)
        with button:
            ui.icon(f"o_{icon}").classes("unpressed")
            ui.icon(icon).classes("pressed")
        return button.on("click", lambda: self._rate(value), args=[])

    def _build_reasons(self) -> ui.element:
        why = self._visitor.text("why")
        with box("div", "reasons", role="group", aria_label=why) as reasons:
            words("span", why)
            for reason in REASONS:
                name = self._visitor.text("reason", reason=reason)
                chip = words("button", name, "chip").props("type=button")
                chip.on("click", lambda reason=reason: self._explain(reason), args=[])
        return reasons

    async def _explain(self, reason: str) -> None:
        vote = Vote(self._visitor.reader, -1.0, "button", self._completion_id, reason=reason)
        if await self._keep(vote):
            self.say(self._visitor.text("reason-kept"))

    async def _rate(self, value: float) -> None:
        vote = Vote(self._visitor.reader, value, "button", self._completion_id, toggle=True)
        await self._keep(vote)

    async def _keep(self, vote: Vote) -> bool:
        async with self._one_by_one:
            try:
                rated = await asyncio.to_thread(self._parts.inbox.rate, vote)
            except UnknownCompletion:
                self.say(self._visitor.text("unknown-completion"))
            except DatabaseGone as error:
                log.warning("a rating could not be kept", completion_id=self._completion_id, error=str(error))
                self.say(self._visitor.text("service-down"))
            else:
                self._press(rated.value)
                self._reasons.set_visibility(rated.value == -1.0 and vote.reason is None)
                self.say(self._visitor.text(_SENTENCES[rated.value]))
                return True
        return False

    def say(self, sentence: str) -> None:
        self.said.text = sentence

    def _press(self, value: float | None) -> None:
        for mine, button in self._buttons.items():
            button.props["aria-pressed"] = "true" if mine == value else "false"
