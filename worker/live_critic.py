"""The critic that came with the live version: it has a say in which candidate a reader gets."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from generation.critic import BadCritic, LinearCritic, read_critic
from generation.critic_files import critic_file
from generation.selection import Critic

log = structlog.get_logger(__name__)


class LiveCritic:
    """Follows the live version and its critic's file. One that is no better than chance is not missed."""

    def __init__(self, models: Path, version: Callable[[], str]) -> None:
        self._models = models
        self._version = version
        self._lock = threading.Lock()
        self._known: tuple[str, int, LinearCritic | None] = ("", 0, None)

    def decides(self) -> bool:
        """Is there one, who can choose where a form's checks cannot?"""
        return self._critic() is not None

    def liking(self, form: str, theme: str, text: str) -> float:
        """0 without a critic: the same for every text, so that it decides nothing."""
        critic = self._critic()
        return critic.liking(form, theme, text) if critic is not None else 0.0

    def usualness(self, text: str) -> float:
        critic = self._critic()
        return critic.usualness(text) if critic is not None else 0.0

    def _critic(self) -> LinearCritic | None:
        version = self._version()
        written = _written(critic_file(self._models, version))  # Anew by a run whose candidate was refused.
        with self._lock:
            if self._known[:2] != (version, written):
                self._known = (version, written, self._read(version))
            return self._known[2]

    def _read(self, version: str) -> LinearCritic | None:
        try:
            critic = read_critic(self._models, version)
        except BadCritic as error:
            log.error("a critic was refused", version=version, why=str(error))
            return None
        if critic is None or not critic.proven:
            return None
        log.info("a critic helps to choose", version=version)
        return critic


def _written(file: Path) -> int:
    """When, in nanoseconds; 0 if it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _conforms(critic: LiveCritic) -> Critic:
    """Lets the type checker hold LiveCritic against the Protocol."""
    return critic
