"""The NoticeBoard over the store: figures become notices, with pieces that may be quoted now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from bots.messages import Place
from bots.notices import Digest, Notice, NoticeBoard, Surge, Votes
from bots.readers import Shown
from feedback.records import NoticeRecord
from feedback.store import Store
from worker.ratings_plot import ratings_plot

_PIECES = 3


class SqlNoticeBoard:
    def __init__(self, store: Store, language: str) -> None:
        self._store = store
        self._language = language

    def take(self, platform: str, workspace: str, herald: str, seconds: float) -> Sequence[Notice]:
        taken = self._store.notices.take(platform, herald, seconds)
        return [self._notice(record, workspace) for record in taken]

    def posted(self, notice: Notice, message: str) -> None:
        self._store.notices.posted(notice.id, message)

    def done(self, notice: Notice, why_not: str = "") -> None:
        self._store.notices.close(notice.id, why_not or None)

    def _notice(self, record: NoticeRecord, workspace: str) -> Notice:
        place = Place(record.platform, workspace, record.channel)
        if record.kind == "surge":
            return Notice(record.id, place, self._language, Surge(**record.facts), posted=record.message)
        said = _digest(record.facts, self._pieces(place, datetime.fromisoformat(record.facts["since"])))
        return Notice(record.id, place, self._language, said, _picture(record.facts), record.message)

    def _pieces(self, place: Place, since: datetime) -> tuple[Shown, ...]:
        """Of the chat that the notice goes to: those who read there may know nothing of another one."""
        here = (place.platform, place.workspace, place.chat)
        found = self._store.gallery.favourites_in(*here, since, _PIECES)
        return tuple(Shown(**asdict(piece)) for piece in found)


def _digest(facts: Mapping[str, Any], pieces: tuple[Shown, ...]) -> Digest:
    plain = {name: facts[name] for name in ("written", "version", "version_before", "runs")}
    return Digest(votes=Votes(*facts["votes"]), before=Votes(*facts["before"]), pieces=pieces, **plain)


def _picture(facts: Mapping[str, Any]) -> bytes:
    days = [(date.fromisoformat(day), liked, disliked) for day, liked, disliked in facts["days"]]
    return ratings_plot(days, [date.fromisoformat(day) for day in facts["swaps"]])


def _conforms(board: SqlNoticeBoard) -> NoticeBoard:
    """Lets the type checker hold SqlNoticeBoard against the Protocol."""
    return board
