"""Keep the engine on the champion, and a canary beside it: load a version beside the live one, then flip."""

import hashlib
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from feedback.database import DatabaseGone
from feedback.records import CanaryRecord, UnknownRow
from feedback.store import Store
from generation.base_models import Base
from generation.engine import CANARY, CHAMPION, CannotLoadNow, EngineClosed, Named, SwappingEngine
from generation.manifest import RefusedVersion, base_manifest
from retrain.version_row import version_row
from worker.metrics import writing as measures

log = structlog.get_logger(__name__)

V = TypeVar("V", bound=Named)

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


def takes_part(reader_id: int, canary: CanaryRecord) -> bool:
    """Does the canary write for this reader? Always the same answer for one reader and one canary."""
    digest = hashlib.sha256(f"{canary.version} {reader_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < canary.share


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader's texts are written: a slot of the engine, and the version that it has just now."""

    slot: str
    version: str

    def arm_of(self, version: str) -> str:
        """What the version of a text was when it was asked for; a slot that was emptied is the champion's."""
        return self.slot if version == self.version else CHAMPION


class LiveVersion(Generic[V]):
    """Watches the deployment for one engine. `live`: the version that it began with; `folder_state`: what
    changes about a version when its folder is mended, or there at last."""

    def __init__(
        self,
        store: Store,
        engine: SwappingEngine[V],
        load: Callable[[str], V],
        live: V | None = None,
        folder_state: Callable[[str], Hashable] = lambda _: None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._load = load
        self._look_now = threading.Event()
        self._folder_state = folder_state
        self._refused: dict[str, Hashable] = {}  # Each as its folder was then.
        self._waited_for: tuple[str, str] | None = None  # The last that could not be loaded yet, and why.
        self._canary: CanaryRecord | None = None  # As installed.
        self._previous: V | None = None  # Kept in memory, so that going back takes no loading.
        self._tried: V | None = None  # What the canary's slot holds: a promotion takes none either.
        self._live = live

    def look_soon(self) -> None:
        self._look_now.set()

    def watch_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._look_now.wait(_LOOK)
            self._look_now.clear()
            try:
                self.follow()
            except (DatabaseGone, UnknownRow) as error:
                log.warning("cannot see the deployment", error=str(error))
            except Exception:  # Without this thread no version would ever become live again.
                log.exception("cannot follow the deployment")

    def place_of(self, reader_id: int) -> Place:
        """Where to write for a reader."""
        canary = self._canary
        if canary is not None and takes_part(reader_id, canary):
            return Place(CANARY, canary.version)
        return Place(CHAMPION, self._engine.version)

    def slots(self) -> dict[str, str]:
        """Which version writes in which slot."""
        canary = {CANARY: self._canary.version} if self._canary is not None else {}
        return {CHAMPION: self._engine.version, **canary}

    def follow(self) -> None:
        """Install what the deployment says, where it differs from what is live."""
        self._follow_champion(self._store.versions.champion())
        self._follow_canary(self._store.versions.canary())

    def _follow_champion(self, champion: str | None) -> None:
        """A refused version leaves the live one alone."""
        before = self._engine.version
        if champion is None or champion == before:
            return
        version = self._put(champion, CHAMPION)
        if version is None:
            return
        self._previous, self._live = self._live, version
        log.info("version swapped", before=before, now=champion)

    def _follow_canary(self, canary: CanaryRecord | None) -> None:
        if canary is None or canary.version == self._engine.version:
            if self._canary is not None:
                log.info("the canary has ended", version=self._canary.version)
                self._canary = self._tried = None
                self._engine.clear(CANARY)
            return
        if self._engine.holds(CANARY) != canary.version:
            version = self._put(canary.version, CANARY)
            if version is None:
                return
            self._tried = version
            log.info("a canary writes", version=canary.version, share=canary.share)
        self._canary = canary

    def _put(self, name: str, slot: str) -> V | None:
        """The version, once it writes for the slot; None if it cannot."""
        state = self._folder_state(name)  # Before it is read: what is mended meanwhile is read once more.
        if name in self._refused and self._refused[name] == state:
            return None
        try:
            version = self._loaded(name)
            self._engine.install(version, slot)
        except RefusedVersion as error:
            self._refused[name] = state
            measures.REFUSED_VERSIONS.inc()
            log.error("a version was refused", version=name, why=error.why, live=self._engine.version)
        except CannotLoadNow as error:
            if self._waited_for != (name, str(error)):  # It is tried every few seconds.
                log.warning("a version cannot be loaded now", version=name, why=str(error))
            self._waited_for = name, str(error)
        except EngineClosed:  # While it was put together: nobody writes here any more.
            log.info("a version was not loaded: the engine has ended", version=name)
        else:
            self._waited_for = None
            measures.SWAPS.labels(slot).inc()
            return version
        return None

    def _loaded(self, name: str) -> V:
        """From memory if it was live or is tried. Raises RefusedVersion, CannotLoadNow, EngineClosed."""
        for kept in (self._previous, self._tried):
            if kept is not None and kept.name == name:
                return kept
        return self._load(name)
