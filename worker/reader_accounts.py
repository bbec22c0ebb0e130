"""What readers see and settle about themselves, over the store."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import structlog

from bots.messages import Place, Reader, UnknownCompletion
from bots.readers import Erased, Readers, ReaderSettings, Shown, Stored
from bots.texts import LOCALES
from feedback.holdings import GalleryPiece, Holdings, Settled
from feedback.records import UnknownRow
from feedback.store import Store
from feedback.tables import now
from generation.critic_files import forget_critics

log = structlog.get_logger(__name__)


class SqlReaders:
    """`announce_stop` tells whoever writes or waits that a prompt is no more; `models` has the critics."""

    def __init__(self, store: Store, models: Path, announce_stop: Callable[[int], None]) -> None:
        self._store = store
        self._models = models
        self._announce_stop = announce_stop

    def settings(self, reader: Reader) -> ReaderSettings:
        return _settings(self._store.accounts.settled(*_who(reader)))

    def settle(
        self, reader: Reader, *, language: str | None = None, consent: bool | None = None
    ) -> ReaderSettings:
        if language is not None and language not in LOCALES:
            language = ""  # One that we do not speak: as the platform says.
        settled = self._store.accounts.settle(*_who(reader), language=language, consent=consent)
        log.info("settled", platform=reader.platform, language=language, consent=consent)
        return _settings(settled)

    def ask_consent(self, reader: Reader) -> bool:
        return self._store.accounts.ask_consent(*_who(reader))

    def consent_asked(self, reader: Reader) -> bool:
        return self._store.accounts.consent_asked(*_who(reader))

    def stored(self, reader: Reader) -> Stored:
        return _stored(self._store.erasure.holdings(*_who(reader)))

    def export(self, reader: Reader) -> bytes:
        everything = self._store.export.everything(*_who(reader))
        return json.dumps(everything, ensure_ascii=False, indent=2).encode()

    def erase(self, reader: Reader) -> Erased:
        removed = self._store.erasure.erase(*_who(reader))
        for prompt_id in removed.stopped:
            self._announce_stop(prompt_id)
        forget_critics(self._models, removed.critics)  # What has no critic is written without one.
        log.info(
            "a reader was erased",
            platform=reader.platform,
            prompts=removed.holdings.prompts,
            stopped=len(removed.stopped),
            versions=removed.versions,
            snapshots=removed.snapshots,
            critics=removed.critics,
        )
        return Erased(_stored(removed.holdings), removed.versions, removed.snapshots)

    def recent(self, reader: Reader, limit: int) -> Sequence[Shown]:
        return [_shown(piece) for piece in self._store.gallery.recent(*_who(reader), limit)]

    def favourites(self, reader: Reader, days: int, limit: int) -> Sequence[Shown]:
        since = now() - timedelta(days=days)
        found = self._store.gallery.favourites_for(*_who(reader), since, limit)
        return [_shown(piece) for piece in found]

    def piece(self, reader: Reader, completion_id: int) -> Shown:
        try:
            return _shown(self._store.gallery.piece(*_who(reader), completion_id))
        except UnknownRow as error:
            raise UnknownCompletion(str(completion_id)) from error

    def under_way(self, reader: Reader, place: Place | None = None) -> Sequence[int]:
        there = (place.chat, place.thread) if place is not None else None
        return self._store.gallery.under_way(*_who(reader), there)


def _who(reader: Reader) -> tuple[str, str, str]:
    return reader.platform, reader.workspace, reader.user


def _settings(settled: Settled) -> ReaderSettings:
    return ReaderSettings(settled.language, settled.consent)


def _stored(holdings: Holdings) -> Stored:
    return Stored(**asdict(holdings))


def _shown(piece: GalleryPiece) -> Shown:
    return Shown(**asdict(piece))


def _conforms(readers: SqlReaders) -> Readers:
    """Lets the type checker hold SqlReaders against the Protocol."""
    return readers
