"""What an operator does from the studio, over the store and the commands that do the same."""

import signal
import subprocess
import sys
from contextlib import suppress

import structlog

from feedback.records import NotPromotable, UnknownRow
from studio.steering import CannotSteer, Steering, Trial
from worker.parts import NothingRuns, Parts
from worker.queues import TRAIN, connect, enqueue
from worker.rollback import roll_back
from worker.trial import rules_of, trial_of

log = structlog.get_logger(__name__)

_VERIFYING = 300.0  # Seconds that a version may take to be loaded and looked at.


class SqlSteering:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def promote(self, version: str) -> None:
        """In a process of its own: to verify a version means to load it, and the studio has to stay small."""
        try:
            self._parts.store.versions.get(version)  # So that it is a name, and no option of a command.
        except UnknownRow as error:
            raise CannotSteer(str(error)) from None
        log.warning("a version is promoted from the studio", version=version)
        try:
            done = subprocess.run(  # noqa: S603 - our own command; the name is one that was kept.
                [sys.executable, "-m", "worker", "models", "promote", "--", version],
                capture_output=True,
                text=True,
                timeout=_VERIFYING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CannotSteer(f"{version} could not be verified in {_VERIFYING:.0f} s") from None
        if done.returncode:
            raise CannotSteer(_why(done.returncode, done.stderr))

    def rollback(self) -> str:
        try:
            champion = roll_back(self._parts, "by hand, from the studio")
        except (UnknownRow, NotPromotable) as error:
            raise CannotSteer(str(error)) from None
        log.warning("rolled back from the studio", champion=champion)
        self._tell_writers()
        return champion

    def end_trial(self) -> None:
        log.warning("the trial is ended from the studio")
        self._parts.store.versions.end_canary()
        self._tell_writers()

    def retrain(self) -> None:
        if self._parts.store.learning_pauses.paused():
            raise CannotSteer("learning is paused")
        try:
            connect(self._parts.broker_url)
        except NothingRuns as error:
            raise CannotSteer(str(error)) from None
        if not enqueue("retrain", queue=TRAIN):
            raise CannotSteer("the broker does not answer")
        log.info("a run is asked for from the studio")

    def pause(self, *, paused: bool) -> None:
        if paused:
            self._parts.store.pauses.begin()
        else:
            self._parts.store.pauses.end()
        log.warning("requests are refused" if paused else "requests are taken again")

    def pause_learning(self, *, paused: bool) -> None:
        if paused:
            self._parts.store.learning_pauses.begin()
        else:
            self._parts.store.learning_pauses.end()
        log.warning("learning is paused" if paused else "learning goes on")

    def trial(self) -> Trial | None:
        rules = rules_of(self._parts.settings)
        found = trial_of(self._parts.store, rules)
        if found is None:
            return None
        deployment, evidence = found.deployment, found.evidence
        return Trial(
            version=deployment.model_version,
            share=deployment.share,
            since=deployment.started_at,
            until=deployment.started_at + rules.lasts,
            readers=evidence.readers,
            tried=evidence.tried,
            ahead=evidence.ahead,
            better=evidence.better,
            worse=evidence.worse,
            needed=1 / rules.error,
        )

    def _tell_writers(self) -> None:
        with suppress(NothingRuns):  # They look by themselves within seconds.
            self._parts.publisher.deployment()


def _why(exit_code: int, said: str) -> str:
    """Why a command of ours did not do what it should."""
    if exit_code == -signal.SIGKILL:  # By the kernel: nobody else kills it.
        return "it was killed: too little memory for the model; see STUDIO_MEMORY in docs/operations.md"
    lines = said.strip().splitlines()
    return lines[-1].removeprefix("rhapsode: ") if lines else f"it ended with exit code {exit_code}"


def _conforms(steering: SqlSteering) -> Steering:
    """Lets the type checker hold SqlSteering against the Protocol."""
    return steering
