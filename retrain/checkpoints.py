"""Checkpoints on disk: written whole, named by step, and trusted only if every hash holds."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from generation.base_models import sha256_of
from generation.durable import make_durable, make_durable_name
from retrain.training_folders import folder_of

log = structlog.get_logger(__name__)

_MANIFEST = "checkpoint.json"
_WEIGHTS = "state.safetensors"
_KEPT = 2  # The newest, and one to fall back on.


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a training was after a step, and all that it needs to go on as if it had never stopped."""

    step: int
    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, Any] = field(default_factory=dict)  # Plain JSON.


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints of one training. `identity` is what it trains, from what and how, as one hash."""

    folder: Path
    identity: str

    @classmethod
    def of(cls, models: Path, identity: str) -> "Checkpoints":
        return cls(folder_of(models, identity), identity)

    def keep(self, checkpoint: Checkpoint) -> None:
        """A draft made durable, then renamed: whatever kills us, a folder with a name is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".making-", dir=self.folder))
        save_file(
            {name: t.detach().cpu().contiguous() for name, t in checkpoint.tensors.items()}, draft / _WEIGHTS
        )
        manifest = {
            "identity": self.identity,
            "step": checkpoint.step,
            "facts": checkpoint.facts,
            "sha256": sha256_of([draft / _WEIGHTS]),
        }
        (draft / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
        make_durable(draft)
        target = self.folder / f"step-{checkpoint.step:09d}"
        shutil.rmtree(target, ignore_errors=True)  # One that did not verify, or of another training.
        draft.replace(target)
        make_durable_name(self.folder)
        self._forget_old(target)

    def newest(self) -> Checkpoint | None:
        """The newest that is whole and of this training. A spoiled one is passed over."""
        for folder in sorted(self.folder.glob("step-*"), reverse=True):
            try:
                return self._read(folder)
            except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
                log.warning("a checkpoint is passed over", checkpoint=folder.name, why=str(error))
        return None

    def forget(self) -> None:
        """The training has come to its end."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, folder: Path) -> Checkpoint:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["identity"] != self.identity:
            raise ValueError("it is of another training")
        if manifest["sha256"] != sha256_of([folder / _WEIGHTS]):
            raise ValueError("its hash does not hold")
        return Checkpoint(manifest["step"], load_file(folder / _WEIGHTS), manifest["facts"])

    def _forget_old(self, newest: Path) -> None:
        for left_behind in self.folder.glob(".making-*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        others = sorted((f for f in self.folder.glob("step-*") if f <= newest), reverse=True)
        for folder in others[_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)
