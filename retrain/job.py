"""A run as its parent process hands it over: one JSON object, on standard input because it holds secrets."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generation.base_models import Base
from retrain.attempt import Place
from retrain.config import RunConfig


@dataclass(frozen=True, slots=True)
class Job:
    database_url: str
    reader_key: str = field(repr=False)  # Hexadecimal.
    models: Path
    base: Base
    run_id: int
    fence: str
    config: RunConfig = field(default_factory=RunConfig)
    reader: str | None = None  # As `retrain.reader.load_reader` takes it.
    forms: Path | None = None  # Folder of the operator's own forms.
    place: Place = field(default_factory=Place)
    consent_default: bool = True  # Learn from readers who have not said whether.
    niceness: int = 10  # Added to the process's own: writing goes before learning.

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """Raises ValueError, TypeError, KeyError when it is not a job."""
        values: dict[str, Any] = json.loads(text)
        base = values["base"]
        return cls(
            **{
                **values,
                "models": Path(values["models"]),
                "forms": Path(values["forms"]) if values["forms"] else None,
                "base": Base(**{**base, "folder": Path(base["folder"])}),
                "config": RunConfig.from_dict(values["config"]),
                "place": Place(**values["place"]),
            }
        )
