"""The drafts of a rehearsal as far as they are written, so that a kill costs no more than an interval."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from retrain.kept_json import KeptJson
from retrain.training_folders import ROOT

_FILE = "drafts.json"


@dataclass(slots=True)
class Drafts:
    """In the order in which they are asked for. They answer readers: they go when the run has ended."""

    kept: KeptJson
    every: float  # Seconds between two times that they are written down.
    texts: list[str] = field(default_factory=list)
    _kept_at: float = field(default_factory=monotonic)

    @classmethod
    def of(cls, models: Path, identity: str, every: float) -> "Drafts":
        """Those of this rehearsal that an earlier process has written; those of any other one are removed."""
        kept = KeptJson.of(models, identity, _FILE)
        for other in models.glob(f"{ROOT}/*/{_FILE}"):
            if other != kept.file:
                shutil.rmtree(other.parent, ignore_errors=True)
        return cls(kept, every, list(kept.read() or []))

    def add(self, text: str) -> None:
        self.texts.append(text)
        if monotonic() - self._kept_at >= self.every:
            self.keep()

    def keep(self) -> None:
        self.kept.write(self.texts)
        self._kept_at = monotonic()

    def forget(self) -> None:
        self.kept.forget()
