"""Write down how a training goes: TensorBoard, a picture, and Weights & Biases where it is configured."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

from retrain.curves import draw_curves
from retrain.loop import Epoch
from retrain.problems import NoWandb

PICTURE = "curves.png"
_ID = "wandb-id"


class Logbook:
    """One training's figures in a folder of its own. A training that goes on writes on in the same folder."""

    def __init__(self, folder: Path, config: dict[str, Any], wandb_project: str | None = None) -> None:
        from torch.utils.tensorboard import SummaryWriter

        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._losses: list[tuple[int, float]] = []
        self._written = 0  # Epochs that have been logged.
        self._board = SummaryWriter(str(folder))
        self._wandb = _wandb_run(wandb_project, folder, config) if wandb_project else None

    def step(self, step: int, loss: float) -> None:
        self._losses.append((step, loss))
        self._log({"train/loss": loss}, step)

    def epochs(self, epochs: Sequence[Epoch]) -> None:
        """All epochs so far; those that are new are logged, and the picture is drawn anew."""
        step = self._losses[-1][0] if self._losses else 0
        for epoch in epochs[self._written :]:
            self._log({f"epoch/{name}": value for name, value in epoch.items()}, step)
        self._written = len(epochs)
        draw_curves(epochs, self._losses, self._folder / PICTURE)

    def _log(self, figures: dict[str, float], step: int) -> None:
        for name, value in figures.items():
            self._board.add_scalar(name, value, step)
        if self._wandb is not None:
            self._wandb.log(figures, step=step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._board.close()
        if self._wandb is not None:
            self._wandb.finish(exit_code=0 if kind is None else 1)


def _wandb_run(project: str, folder: Path, config: dict[str, Any]) -> Any:
    if importlib.util.find_spec("wandb") is None:
        raise NoWandb("RHAPSODE_WANDB_PROJECT is set: pip install 'rhapsode[wandb]'")
    import wandb

    return wandb.init(
        project=project, dir=str(folder), config=config, name=folder.name, id=_id_of(folder), resume="allow"
    )


def _id_of(folder: Path) -> str:
    """The same whenever the training is taken up again, and that of no other home's run of this number."""
    file = folder / _ID
    if not file.exists():
        file.write_text(token_hex(8), encoding="utf-8")
    return file.read_text(encoding="utf-8")
