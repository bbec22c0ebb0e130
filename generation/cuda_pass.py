"""Texts on a GPU: those being written advance in one recorded step, prompts are read in passes of their own.

A step of a small model is hundreds of kernels, each shorter than the time to start it. Once a step of one
shape has been seen a few times it is recorded as a CUDA graph, which starts them all at once
(https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs). Its shape is that of the shelves, with
their empty rows, so it changes only when a shelf grows.

Every pass of one kind has as many rows as any other: for another number a GPU takes another kernel, which
sums in another order. So what is computed for a text does not depend on who is beside it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog
import torch

from generation.forward_pass import Outcome, Piece
from generation.packed_attention import Writing, packing
from generation.packed_pass import PackedPass
from generation.schedule import UNHURRIED
from generation.text_cache import Shelf, Shelves

log = structlog.get_logger(__name__)

_WRITING = 128  # Rows of a pass that writes, or a multiple: more than most engines have places.
_WANTED = 32  # Prompts, or a multiple, whose first token is chosen after one pass.
_SEEN = 3  # Steps of one shape until it is recorded: they also warm up the libraries.

Work = Callable[[], torch.Tensor]


class Recorder(Protocol):
    """Gives back what replays a piece of work on the same buffers. Raises RuntimeError if it cannot."""

    def __call__(self, work: Work) -> Work: ...


def in_eights(before: int) -> int:
    """Rows for one text more than before: few sizes, and at most seven rows that nobody has."""
    after = before + 1
    return 1 << (after - 1).bit_length() if after <= 8 else -(-after // 8) * 8


def recorded(work: Work) -> Work:
    """As a CUDA graph."""
    graph = torch.cuda.CUDAGraph()
    # Other threads of this process (metrics, say) may go on calling the driver meanwhile.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        output = work()

    def replay() -> torch.Tensor:
        graph.replay()
        return output

    return replay


class CudaPass(PackedPass):
    """All texts that are written in one pass, all that are read in another."""

    reading_block = UNHURRIED  # So many tokens are read in one step at most.

    def __init__(self, model: Any, record: Recorder = recorded) -> None:
        super().__init__(model)
        self._shelves = Shelves(in_eights, keeps_empty=True)
        self._rows, self._wanted_rows = UNHURRIED, _WANTED
        self._record: Recorder | None = record
        self._step: _Step | None = None

    @property
    def recorded(self) -> bool:
        """Is the next step, if no shelf grows, a recorded one?"""
        return self._step is not None and self._step.trusted

    def _together(self, pieces: Sequence[Piece]) -> list[Outcome]:
        writing = [i for i, piece in enumerate(pieces) if piece.state.shelf is not None]
        reading = [i for i, piece in enumerate(pieces) if piece.state.shelf is None]
        outcomes: dict[int, Outcome] = {}
        if writing:
            outcomes |= zip(writing, self._written([pieces[i] for i in writing]), strict=True)
        if reading:
            outcomes |= zip(reading, super()._together([pieces[i] for i in reading]), strict=True)
        return [outcomes[i] for i in range(len(pieces))]

    @torch.inference_mode()
    def _written(self, pieces: Sequence[Piece]) -> Sequence[torch.Tensor]:
        shelves = self._shelves.all
        if self._step is None or not self._step.fits(shelves):
            self._step = _Step(self._model, shelves)
        logits = self._step.advance(pieces)
        if self._record is not None and not self._step.trusted:
            self._get_recorded(self._step, self._record, logits)
        return logits

    def _get_recorded(self, step: "_Step", record: Recorder, logits: Sequence[torch.Tensor]) -> None:
        """Recorded at one step, trusted at the next if it computes the same from what is new."""
        trouble = ""
        try:
            if step.steps == _SEEN:
                step.be_recorded(record)
            elif step.steps > _SEEN and not step.computes(logits):
                trouble = "a recorded step computes something else"
        except RuntimeError as error:
            trouble = str(error)
        if trouble:
            log.warning("steps are not recorded", trouble=trouble)
            self._record, self._step = None, None


class _Step:
    """One step of every row of these shelves, with buffers of its own that never move."""

    def __init__(self, model: Any, shelves: Sequence[Shelf]) -> None:
        self._model = model
        self._layouts = _layouts_of(shelves)
        self._first: dict[Shelf, int] = {}
        rows = 0
        for shelf in shelves:
            self._first[shelf] = rows
            rows += shelf.rows
        self._rows = -(-rows // _WRITING) * _WRITING
        # [2, rows]: the newest token, and how many came before it. Rows that nobody has write token 0 at 0.
        self._inputs = torch.zeros(2, self._rows, dtype=torch.long, device=model.device)
        self._places: list[int] = []
        self._replay: Work | None = None
        self.trusted = False
        self.steps = 0

    def fits(self, shelves: Sequence[Shelf]) -> bool:
        """Are these its shelves, where it knows them?"""
        return self._layouts == _layouts_of(shelves)

    def advance(self, pieces: Sequence[Piece]) -> list[torch.Tensor]:
        """Logits [vocabulary] of each piece."""
        self._places = [self._first[piece.state.shelf] + piece.state.row for piece in pieces]
        inputs = [[0] * self._rows, [0] * self._rows]
        for at, piece in zip(self._places, pieces, strict=True):
            inputs[0][at], inputs[1][at] = piece.tokens[-1], piece.state.length
        self._inputs.copy_(torch.tensor(inputs))
        self.steps += 1
        return self._logits(self._replay if self._replay is not None and self.trusted else self._forward)

    def be_recorded(self, record: Recorder) -> None:
        self._replay = record(self._forward)

    def computes(self, logits: Sequence[torch.Tensor]) -> bool:
        """Does the last step, done again, come to the same? To write the same again changes nothing."""
        if self._replay is None:
            return False
        again = self._logits(self._replay)
        self.trusted = all(
            torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(logits, again, strict=True)
        )
        return self.trusted

    def _logits(self, work: Work) -> list[torch.Tensor]:
        logits = work()
        return [logits[at] for at in self._places]

    def _forward(self) -> torch.Tensor:
        lengths = self._inputs[1]
        spans = [
            Writing(shelf, 0, lengths[first : first + shelf.rows], shelf.columns - 1)
            for shelf, first in self._first.items()
        ]
        with packing(spans):
            output = self._model(
                input_ids=self._inputs[:1], position_ids=self._inputs[1:], use_cache=False, logits_to_keep=0
            )
        logits: torch.Tensor = output.logits[0]
        return logits


def _layouts_of(shelves: Sequence[Shelf]) -> list[tuple[Shelf, int]]:
    return [(shelf, shelf.layout) for shelf in shelves]
