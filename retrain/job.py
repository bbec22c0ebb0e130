"""A run as its parent process hands it over: one JSON object, on standard input because it holds secrets."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generation.base_models import Base
from retrain.config import RunConfig
from retrain.corpus_config import CorpusConfig
from retrain.place import Place
from retrain.training_folders import ROOT

_PATHS = ("forms", "blocked_words", "originality")


@dataclass(frozen=True, slots=True)
class Job:
    database_url: str
    reader_key: str = field(repr=False)  # Hexadecimal.
    models: Path
    base: Base
    run_id: int
    fence: str
    config: RunConfig = field(default_factory=RunConfig)
    corpus: CorpusConfig | None = None  # A body of poems to learn from, in place of ratings.
    reader: str | None = None  # As `retrain.reader.load_reader` takes it.
    forms: Path | None = None  # Folder of the operator's own forms.
    profanity: bool = True  # Is a piece held against its version for profanity?
    blocked_words: Path | None = None  # File of words that may not be in one either.
    originality: Path | None = None  # Folder of registered texts.
    place: Place = field(default_factory=Place)
    consent_default: bool = True  # Learn from readers who have not said whether.
    niceness: int = 10  # Added to the process's own: writing goes before learning.
    log_level: str = "info"

    @property
    def lock_file(self) -> Path:
        return lock_of(self.models, self.run_id)

    def to_json(self) -> str:
        corpus = self.corpus.as_dict() if self.corpus else None
        return json.dumps(asdict(self) | {"corpus": corpus}, default=str)

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """Raises ValueError, TypeError, KeyError when it is not a job."""
        values: dict[str, Any] = json.loads(text)
        base = values["base"]
        return cls(
            **{
                **values,
                "models": Path(values["models"]),
                **{name: Path(values[name]) if values[name] else None for name in _PATHS},
                "base": Base(**{**base, "folder": Path(base["folder"])}),
                "config": RunConfig.from_dict(values["config"]),
                "corpus": CorpusConfig.from_dict(values["corpus"]) if values["corpus"] else None,
                "place": Place(**values["place"]),
            }
        )


def lock_of(models: Path, run_id: int) -> Path:
    """A file that the process of a run holds locked; the system lets go of it when the process is gone."""
    return models / ROOT / f"run-{run_id}.lock"
