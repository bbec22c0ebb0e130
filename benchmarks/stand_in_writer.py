"""A writer process whose model is a stand-in that needs a quarter of a second for any text."""

import time
from collections.abc import Iterator

from generation.conversation import Ruler
from generation.engine import WritingRequest, Written
from generation.manifest import base_name
from worker.base_model import served_base_of
from worker.engines import RunningEngine
from worker.live_version import LiveVersion, ensure_champion
from worker.parts import Parts
from worker.process_commands import parts_for
from worker.writer import write_with

_TAKES = 0.25  # Seconds.
_LINES = [f"and line {number} goes on about the rain on the roof" for number in range(12)]


class StandInTicket:
    def __init__(self, request: WritingRequest, version: str) -> None:
        text = "\n".join([f"Rain {request.seed}", *_LINES])
        self._text = text
        self._written = Written(text, version, request.seed, 120, 40, 10.0, _TAKES * 1000, "stop")

    def snapshots(self, every: float = 0.1) -> Iterator[str]:  # noqa: ARG002 - always two.
        yield self._text[:20]
        time.sleep(_TAKES)
        yield self._text[:200]

    def result(self, timeout: float | None = None) -> Written:  # noqa: ARG002 - it is there.
        return self._written

    def cancel(self) -> None:
        return


class Named:
    def __init__(self, name: str) -> None:
        self.name = name


class StandInEngine:
    """Writes the same story for everybody, under the name of the base version."""

    def __init__(self, version: str) -> None:
        self.version = version

    def submit(self, request: WritingRequest) -> StandInTicket:
        return StandInTicket(request, self.version)

    def close(self) -> None:
        return

    def holds(self, slot: str) -> str | None:
        return self.version if slot == "champion" else None

    def install(self, version: Named, slot: str = "champion") -> None:  # noqa: ARG002
        return

    def clear(self, slot: str) -> None:  # noqa: ARG002
        return


def _running(parts: Parts) -> RunningEngine:
    base = served_base_of(parts)
    ensure_champion(parts.store, base)
    engine = StandInEngine(base_name(base))
    return RunningEngine(engine, LiveVersion(parts.store, engine, Named), "nowhere", Ruler(4096, len))


if __name__ == "__main__":
    parts = parts_for("writer")
    write_with(parts, lambda: _running(parts))
