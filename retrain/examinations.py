"""What versions did in examinations, by version and suite: neither a kill nor a night costs one twice."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrain.kept_json import KeptJson
from retrain.series import Measured, Series
from retrain.suite import Piece
from retrain.training_folders import identity_of


@dataclass(frozen=True, slots=True)
class Examined:
    """Item by item, and what was written for prompts of ours. It holds no word of a reader."""

    measured: Measured
    own: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Examinations:
    models: Path
    device: str  # Another kind of processor gives other figures.

    def find(self, version: str, suite_sha256: str) -> Examined | None:
        found = self._place(version, suite_sha256).read()
        return None if found is None else _examined(found)

    def keep(self, version: str, suite_sha256: str, examined: Examined) -> None:
        measured = {name: asdict(series) for name, series in examined.measured.items()}
        self._place(version, suite_sha256).write({"measured": measured, "own": examined.own})

    def _place(self, version: str, suite_sha256: str) -> KeptJson:
        identity = identity_of("examined", version, suite_sha256, self.device.partition(":")[0])
        return KeptJson.of(self.models, identity, "examined.json")


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
