"""What versions did in examinations, by version and suite: neither a kill nor a night costs one twice."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrain.kept_json import KeptJson
from retrain.manifest import sha256_of
from retrain.series import Measured, Series
from retrain.suite import Piece

_ASIDE = 7 * 24 * 3600.0  # Seconds: the suite of a week ago is not sat again.


@dataclass(frozen=True, slots=True)
class Examined:
    """Item by item, and what was written for prompts of ours. It holds no word of a reader."""

    measured: Measured
    own: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Examinations:
    folder: Path
    device: str  # Another kind of processor gives other figures.

    @classmethod
    def of(cls, models: Path, device: str) -> "Examinations":
        return cls(models / ".training" / "examined", device.partition(":")[0])

    def find(self, version: str, suite_sha256: str) -> Examined | None:
        found = self._place(version, suite_sha256).read()
        return None if found is None else _examined(found)

    def keep(self, version: str, suite_sha256: str, examined: Examined) -> None:
        self._forget_old()
        measured = {name: asdict(series) for name, series in examined.measured.items()}
        self._place(version, suite_sha256).write({"measured": measured, "own": examined.own})

    def _place(self, version: str, suite_sha256: str) -> KeptJson:
        identity = sha256_of([version, suite_sha256, self.device])
        return KeptJson(self.folder / f"{identity[:24]}.json", identity)

    def _forget_old(self) -> None:
        for file in self.folder.glob("*.json"):
            if time.time() - file.stat().st_mtime > _ASIDE:
                file.unlink(missing_ok=True)


def _examined(found: dict[str, Any]) -> Examined:
    measured = {
        name: Series(
            series["metric"],
            tuple(series["items"]),
            tuple(series["parts"]),
            tuple(series["weights"]),
            series["logarithmic"],
        )
        for name, series in found["measured"].items()
    }
    return Examined(measured, _pieces(found["own"]))


def _pieces(found: Sequence[Any]) -> tuple[Piece, ...]:
    return tuple(((form, theme, language), text) for (form, theme, language), text in found)
