"""Keep the engine on the champion: load a promoted version beside the live one, then flip."""

import threading
from collections.abc import Callable

import structlog

from feedback.database import DatabaseGone
from feedback.records import UnknownRow
from feedback.store import Store
from generation.base_models import Base
from generation.local_engine import LocalEngine
from generation.manifest import RefusedVersion
from generation.versions import LoadedVersion, base_manifest
from retrain.version_row import version_row

log = structlog.get_logger(__name__)

_LOOK = 5.0  # Seconds between looks at the deployment: what a lost signal costs at most.


def ensure_champion(store: Store, base: Base) -> str:
    """The champion's name; the base itself on the first start, or when the base model was changed."""
    champion = store.versions.champion()
    if champion is not None and store.versions.get(champion).base_sha256 == base.sha256:
        return champion
    manifest = base_manifest(base)
    store.versions.add(version_row(manifest))
    reason = "first start" if champion is None else f"the base model is {base.id} now"
    store.versions.promote(manifest.name, reason)
    return manifest.name


class LiveVersion:
    """Watches the deployment for one engine."""

    def __init__(self, store: Store, engine: LocalEngine, load: Callable[[str], LoadedVersion]) -> None:
        self._store = store
        self._engine = engine
        self._load = load
        self._look_now = threading.Event()
        self._refused: set[str] = set()

    def look_soon(self) -> None:
        self._look_now.set()

    def watch_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._look_now.wait(_LOOK)
            self._look_now.clear()
            try:
                self.follow_champion()
            except (DatabaseGone, UnknownRow) as error:
                log.warning("cannot see the deployment", error=str(error))

    def follow_champion(self) -> None:
        """Install the champion, if it is not the live one. A refused version leaves the live one alone."""
        champion = self._store.versions.champion()
        if champion is None or champion == self._engine.version or champion in self._refused:
            return
        try:
            version = self._load(champion)
        except RefusedVersion as error:
            self._refused.add(champion)
            log.error("a version was refused", version=champion, why=error.why, live=self._engine.version)
            return
        before = self._engine.version
        self._engine.install(version)
        log.info("version swapped", before=before, now=champion)
