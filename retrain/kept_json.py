"""A JSON file that is there whole or not at all, and is only believed by what it belongs to."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.durable import make_durable_name
from retrain.training_folders import folder_of


@dataclass(frozen=True, slots=True)
class KeptJson:
    file: Path
    identity: str  # Of what it was computed from.

    @classmethod
    def of(cls, models: Path, identity: str, name: str) -> "KeptJson":
        return cls(folder_of(models, identity) / name, identity)

    def read(self) -> Any | None:
        """What was kept, unless it is of something else or spoiled."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            return kept["value"] if kept["identity"] == self.identity else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, value: Any) -> None:
        folder = self.file.parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".making-", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"identity": self.identity, "value": value}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(self.file)
        make_durable_name(folder)

    def forget(self) -> None:
        """With all else that is kept for what it is computed from."""
        shutil.rmtree(self.file.parent, ignore_errors=True)
