"""What the layers that learn nothing make of each sample: computed once, and looked up from then on.

Where only the upper layers learn, those below give the same for the same tokens in every pass. A training on
ratings reads a piece as often as it has epochs, and once before for what the base makes of it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from retrain.samples import Sample
from retrain.segment_attention import Segments

ROOM = 256 << 20  # Bytes: three hundred pieces of the default model take 150 MB in float32.

_Key = tuple[tuple[int, ...], tuple[int, ...]]


class Remembered:
    """The output of these layers, the lowest ones, for each sample, [tokens, width]; `room` bytes at most."""

    def __init__(self, still: Sequence[nn.Module] = (), room: int = 0) -> None:
        self.still = still if room else ()
        self._room = room
        self._known: dict[_Key, torch.Tensor] = {}

    @contextmanager
    def over(self, samples: Sequence[Sample], segments: Segments) -> Iterator[None]:
        """Within this, a pass over these samples in one row skips the still layers if it may.

        What is not known yet is remembered while the model is not in training: dropout is off then.
        """
        known = [self._known[key] for key in map(_key, samples) if key in self._known]
        if self.still and len(known) == len(samples):
            with _answering(self.still, _row(known, segments.shared)):
                yield
        elif self.still and not self.still[-1].training:
            with _overheard(self.still[-1]) as heard:
                yield
            self._keep(samples, segments, heard)
        else:
            yield

    def _keep(self, samples: Sequence[Sample], segments: Segments, heard: Sequence[object]) -> None:
        for row in heard:
            if not isinstance(row, torch.Tensor) or row.dim() != 3:
                self.still = ()  # Another kind of layer: it computes each time.
                return
            shared, *own = torch.split(row[0], [segments.shared, *segments.lengths])
            for sample, part in zip(samples, own, strict=True):
                size = (len(shared) + len(part)) * row.shape[2] * row.element_size()
                if size <= self._room and _key(sample) not in self._known:
                    self._room -= size
                    self._known[_key(sample)] = torch.cat([shared, part])


def _key(sample: Sample) -> _Key:
    return tuple(sample.prompt), tuple(sample.completion)


def _row(known: Sequence[torch.Tensor], shared: int) -> torch.Tensor:
    """As `packing.packed` lays them out."""
    return torch.cat([known[0][:shared], *(one[shared:] for one in known)])[None]


@contextmanager
def _overheard(layer: nn.Module) -> Iterator[list[object]]:
    """What the layer gives within this."""
    heard: list[object] = []
    handle = layer.register_forward_hook(lambda _, __, output: heard.append(output))
    try:
        yield heard
    finally:
        handle.remove()


@contextmanager
def _answering(layers: Sequence[nn.Module], output: torch.Tensor) -> Iterator[None]:
    """Within this the layers compute nothing, and the uppermost's answer is this."""
    for layer in layers:
        vars(layer)["forward"] = lambda *_, **__: output
    try:
        yield
    finally:
        for layer in layers:
            del vars(layer)["forward"]
