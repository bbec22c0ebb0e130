"""Readers and Operators in memory, beside a MemoryInbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bots.messages import Place, Reader, UnknownCompletion
from bots.operators import NotOperator, ServiceStatus
from bots.readers import Erased, ReaderSettings, Shown, Stored
from tests.fakes.inbox import MemoryInbox

STATUS = ServiceStatus("v0002-cafe", "", 1, 2, 3, 40, 5, paused=False, last_run="promoted")
WRITTEN_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@dataclass
class MemoryReaders:
    """Knows by user id what a reader has settled; `pieces` are shown as everybody's."""

    inbox: MemoryInbox
    settled: dict[str, ReaderSettings] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    erased: list[str] = field(default_factory=list)
    pieces: list[Shown] = field(default_factory=list)
    exported: str = ""
    learned: tuple[str, ...] = ("v0002-cafe",)  # Versions that learned from whoever is erased.
    consent: bool = True  # Of who has not settled it.

    def settings(self, reader: Reader) -> ReaderSettings:
        return self.settled.get(reader.user, ReaderSettings(consent=self.consent))

    def settle(
        self, reader: Reader, *, language: str | None = None, consent: bool | None = None
    ) -> ReaderSettings:
        now = self.settings(reader)
        now = now if language is None else replace(now, language=language)
        self.settled[reader.user] = now if consent is None else replace(now, consent=consent)
        return self.settled[reader.user]

    def ask_consent(self, reader: Reader) -> bool:
        if reader.user in self.asked:
            return False
        self.asked.add(reader.user)
        self.inbox.happened()
        return True

    def consent_asked(self, reader: Reader) -> bool:
        return reader.user in self.asked

    def stored(self, reader: Reader) -> Stored:
        prompts = [p for p in self.inbox.prompts.values() if p.incoming.reader.user == reader.user]
        ratings = [key for key in self.inbox.ratings if key[1] == reader.user]
        finished = [prompt for prompt in prompts if prompt.end]
        return Stored(len(prompts), len(finished), len(ratings), 0, 0, WRITTEN_AT if prompts else None)

    def export(self, reader: Reader) -> bytes:
        return (self.exported or f'{{"prompts": {self.stored(reader).prompts}}}').encode()

    def erase(self, reader: Reader) -> Erased:
        self.erased.append(reader.user)
        return Erased(self.stored(reader), self.learned)

    def recent(self, reader: Reader, limit: int) -> Sequence[Shown]:  # noqa: ARG002 - everybody's.
        return self.pieces[:limit]

    def favourites(self, reader: Reader, days: int, limit: int) -> Sequence[Shown]:  # noqa: ARG002 - as above.
        return self.pieces[:limit]

    def piece(self, reader: Reader, completion_id: int) -> Shown:  # noqa: ARG002 - everybody's.
        for prompt in self.inbox.prompts.values():
            ends = [prompt.end] if prompt.end else []
            for reply in (one for end in ends for one in getattr(end, "replies", [end])):
                if getattr(reply, "completion_id", None) == completion_id:
                    theme = prompt.incoming.text
                    return Shown(completion_id, reply.form, theme, reply.text, 0, WRITTEN_AT)
        raise UnknownCompletion(str(completion_id))

    def under_way(self, reader: Reader, place: Place | None = None) -> Sequence[int]:
        prompts = [p for p in self.inbox.prompts.values() if place in {None, p.incoming.place}]
        return [p.id for p in prompts if p.end is None and p.incoming.reader.user == reader.user]


@dataclass
class MemoryOperators:
    """`listed` are the user ids of operators."""

    listed: set[str] = field(default_factory=set)
    paused: bool = False

    def status(self, operator: Reader) -> ServiceStatus:
        self._check(operator)
        return replace(STATUS, paused=self.paused)

    def pause(self, operator: Reader, *, paused: bool) -> None:
        self._check(operator)
        self.paused = paused

    def _check(self, operator: Reader) -> None:
        if operator.user not in self.listed:
            raise NotOperator(operator.user)
