"""One forward pass over the next tokens of many texts: what every way to run a model has in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch

from generation.text_cache import PromptCache

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """The next tokens of one text. Logits are wanted of the last one, or not yet."""

    tokens: Sequence[int]
    state: Any  # Made by the pass that reads it.
    wanted: bool = True


Outcome = torch.Tensor | Exception | None  # Logits [vocabulary], what went wrong for this text, or nothing.


class ForwardPass(Protocol):
    """The texts of one running batch, on one model."""

    reads_in_pieces: bool  # May a prompt be read in several passes, and begin as another one did?

    def new_state(self, prompt_tokens: int, need: int) -> Any:
        """The state of a text that can come to hold `need` tokens."""

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        """Advance every text by its piece. What fails, fails alone."""

    def prompt_cache(self, state: Any) -> PromptCache | None:
        """What others can begin with, of a text that is about to be read; None if they cannot."""

    def begin_as(self, state: Any, source: PromptCache, tokens: int) -> None:
        """Take over the first tokens of a prompt that begins alike. For states that have a prompt's cache."""

    def release(self, state: Any) -> None:
        """Forget a text."""

    @property
    def uncounted(self) -> int:
        """Columns of cache kept for texts to come, beyond what is counted with those that are there."""

    def shrink(self) -> None:
        """Give those back."""


def attempted(work: Callable[[], T]) -> T | Exception:
    """What it comes to, or why it failed, which is between it and the texts that it is for.

    Raises AcceleratorError: the device itself is in error, and nothing will work on it any more.
    """
    try:
        return work()
    except torch.AcceleratorError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other texts go on.
        return error
