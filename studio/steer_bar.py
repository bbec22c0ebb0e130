"""What an operator can do now: run, roll back, pause, end a trial. Readers see how it stands."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from nicegui import ui

from feedback.database import DatabaseGone
from studio.figures import percent, when
from studio.markup import box, words
from studio.steering import CannotSteer, Steering, Trial
from studio.visitor import Visitor

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    champion: str
    paused: bool  # Are no requests taken?
    learning_paused: bool
    trial: Trial | None


class Helm:
    """Does what an operator asks for, one thing at a time, and says how it went."""

    def __init__(
        self, steering: Steering, visitor: Visitor, look_again: Callable[[], Awaitable[None]]
    ) -> None:
        self._steering = steering
        self._look_again = look_again
        self._visitor = visitor
        self._busy = asyncio.Lock()
        self.said = words("p", "", "said-aloud").props("role=status")

    def button(
        self, key: str, act: Callable[[Steering], object], classes: str = "", **facts: str
    ) -> ui.element:
        """A button, where the visitor may press it."""
        button = words("button", self._visitor.text(key, **facts), f"act {classes}").props("type=button")
        return button.on("click", lambda: self._do(act), args=[])

    async def _do(self, act: Callable[[Steering], object]) -> None:
        say = self._visitor.text
        if not self._visitor.operates:  # Whatever a browser sends.
            self.said.text = say("studio-operators-only")
            return
        if self._busy.locked():
            return
        async with self._busy:
            self.said.text = say("studio-doing")
            try:
                await asyncio.to_thread(act, self._steering)
            except CannotSteer as error:
                self.said.text = say("studio-not-done", why=str(error))
            except DatabaseGone as error:
                log.warning("the studio could not steer", error=str(error))
                self.said.text = say("studio-no-database")
            else:
                self.said.text = say("studio-done")
        await self._look_again()  # Once it is said to be done, the next thing may be asked for.


class SteerBar:
    def __init__(self, helm: Helm, visitor: Visitor) -> None:
        self._helm = helm
        self._visitor = visitor

    def show(self, standing: Standing) -> None:
        say = self._visitor.text
        with box("div", "standing"):
            with box("dl"):
                words("dt", say("studio-champion"))
                words("dd", standing.champion or "–").props["data-count"] = "champion"
            if standing.paused:
                words("p", say("studio-paused"), "status rejected")
            if standing.learning_paused:
                words("p", say("studio-learning-paused"), "status rejected")
            if self._visitor.operates:
                self._acts(standing)
        if standing.trial is not None:
            self._trial(standing.trial)

    def _acts(self, standing: Standing) -> None:
        with box("div", "acts"):
            self._helm.button("studio-run-now", lambda steering: steering.retrain(), "strong")
            self._helm.button("studio-rollback", lambda steering: steering.rollback())
            if standing.learning_paused:
                self._helm.button("studio-learn-again", lambda it: it.pause_learning(paused=False))
            else:
                self._helm.button("studio-pause-learning", lambda it: it.pause_learning(paused=True))
            if standing.paused:
                self._helm.button("studio-resume", lambda steering: steering.pause(paused=False))
            else:
                self._helm.button("studio-pause", lambda steering: steering.pause(paused=True))

    def _trial(self, trial: Trial) -> None:
        say = self._visitor.text
        with box("div", "trial"):
            words("h3", say("studio-trial", version=trial.version, share=percent(trial.share)))
            ahead = f"{trial.ahead:+.2f}"
            words("p", say("studio-trial-readers", tried=trial.tried, readers=trial.readers, ahead=ahead))
            words("p", say("studio-trial-time", since=when(trial.since), until=when(trial.until)), "lead")
            self._evidence("studio-trial-better", trial.better, trial.needed, "good")
            self._evidence("studio-trial-worse", trial.worse, trial.needed, "bad")
            if self._visitor.operates:
                with box("div", "acts"):
                    self._helm.button(
                        "studio-promote", lambda steering: steering.promote(trial.version), "strong"
                    )
                    self._helm.button("studio-end-trial", lambda steering: steering.end_trial())

    def _evidence(self, key: str, value: float, needed: float, kind: str) -> None:
        """Evidence grows by factors, so a doubling is a step of the same width anywhere."""
        told = self._visitor.text(key, value=f"{value:.1f}", needed=f"{needed:.0f}")
        with box("label", "evidence"):
            words("span", told)
            meter = box("meter", kind, min="0", max="1", value=f"{progress(value, needed):.3f}")
            meter.props["aria-label"] = told


def progress(value: float, needed: float) -> float:
    """How much of the way evidence has gone, 0 … 1, in factors."""
    return min(1.0, max(0.0, math.log(max(value, 1.0)) / math.log(needed))) if needed > 1 else 0.0
