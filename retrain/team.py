"""The processes that train one model together, as `accelerate launch` starts them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from retrain.samples import Sample


@dataclass(frozen=True, slots=True)
class Team:
    """All take the same steps, each on its part of a batch; only the first one writes. One is a team too."""

    rank: int = 0
    size: int = 1

    @classmethod
    def joined(cls, device: str) -> "Team":
        """The team that this process was launched into."""
        if not is_launched():
            return cls()
        from accelerate import PartialState

        state = PartialState(cpu=device == "cpu")
        return cls(state.process_index, state.num_processes)

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def part_of(self, batch: Sequence[Sample]) -> list[Sample]:
        """Our units of it, dealt out in turns; the two of a pair stay together."""
        units: list[list[Sample]] = []
        for sample in batch:
            if sample.part == "paired" and units and len(units[-1]) == 1 and units[-1][0].part == "paired":
                units[-1].append(sample)
            else:
                units.append([sample])
        return [sample for unit in units[self.rank :: self.size] for sample in unit]

    @torch.no_grad()
    def average(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Everybody's gradients become the team's mean."""
        if self.size == 1:
            return
        for parameter in parameters:
            if parameter.grad is None:  # Of one whose part of the batch was empty.
                parameter.grad = torch.zeros_like(parameter)
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= self.size

    def mean(self, value: float, device: torch.device) -> float:
        if self.size == 1:
            return value
        total = torch.tensor(value, device=device)
        torch.distributed.all_reduce(total)
        return float(total) / self.size

    def wait(self) -> None:
        """Until all have come here."""
        if self.size > 1:
            torch.distributed.barrier()

    def part_ways(self) -> None:
        if self.size > 1:
            torch.distributed.destroy_process_group()


def is_launched() -> bool:
    """Was this process started as one of several? The launcher says so in the environment."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1
