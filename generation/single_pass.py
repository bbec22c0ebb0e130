"""One text after the other, for models that cannot be packed: right for every model, and slower."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from generation.forward_pass import Outcome, Piece, attempted
from generation.text_cache import PromptCache

# What transformers' models call what they keep, the newest name first: the older ones are aliases of it.
_KEPT = ("cache", "past_key_values", "cache_params", "state")


@dataclass(slots=True)
class OwnState:
    """What the model handed back for one text."""

    kept: dict[str, Any] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=list)  # That are in.


class _OneByOne:
    """Texts share nothing with each other, and leave nothing for those to come."""

    reads_in_pieces = False
    uncounted = 0

    def prompt_cache(self, state: Any) -> None:
        """Nobody can begin with it."""

    def begin_as(self, state: Any, source: PromptCache, tokens: int) -> None:
        raise NotImplementedError

    def shrink(self) -> None:
        """Nothing to give back."""


class SinglePass(_OneByOne):
    """Each text with the state that the model itself keeps and hands back."""

    def __init__(self, model: Any) -> None:
        self._model = model
        # Without them, some hybrids count wrongly from the cache of a layer that keeps no positions.
        self._takes_positions = "position_ids" in inspect.signature(model.forward).parameters
        self._crossing = _crossing_of(model.config.get_text_config())

    def new_state(self, prompt_tokens: int, need: int) -> OwnState:  # noqa: ARG002 - the model grows it.
        return OwnState()

    def release(self, state: OwnState) -> None:
        state.kept = {}

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        return [_outcome(self._logits, piece) for piece in pieces]

    @torch.inference_mode()
    def _logits(self, piece: Piece) -> torch.Tensor:
        state: OwnState = piece.state
        start = len(state.tokens)
        state.tokens += piece.tokens
        if self._crossing is not None and start <= self._crossing < len(state.tokens):
            state.kept, start = {}, 0  # It is read anew, once.
        output = self._model(use_cache=True, **self._inputs(state.tokens[start:], start), **state.kept)
        name = next((name for name in _KEPT if output.get(name) is not None), None)
        state.kept = {name: output[name]} if name else {}
        logits: torch.Tensor = output.logits[0, -1]
        return logits

    def _inputs(self, tokens: Sequence[int], start: int) -> dict[str, torch.Tensor]:
        device = self._model.device
        inputs = {"input_ids": torch.tensor([tokens], device=device)}
        if self._takes_positions:
            inputs["position_ids"] = torch.arange(start, start + len(tokens), device=device)[None]
        return inputs


def _crossing_of(config: Any) -> int | None:
    """Tokens beyond which LongRoPE turns all keys by other factors, so that those kept are wrong."""
    rope = getattr(config, "rope_parameters", None) or {}
    tokens: int | None = getattr(config, "original_max_position_embeddings", None)
    return tokens if rope.get("rope_type") == "longrope" else None


class WholePass(_OneByOne):
    """Each text read from its beginning at every step, for models that hand back nothing to go on from."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def new_state(self, prompt_tokens: int, need: int) -> list[int]:  # noqa: ARG002 - it is the text itself.
        return []

    def release(self, state: list[int]) -> None:
        state.clear()

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        return [_outcome(self._logits, piece) for piece in pieces]

    @torch.inference_mode()
    def _logits(self, piece: Piece) -> torch.Tensor:
        piece.state.extend(piece.tokens)
        ids = torch.tensor([piece.state], device=self._model.device)
        logits: torch.Tensor = self._model(input_ids=ids, use_cache=False).logits[0, -1]
        return logits


def _outcome(read: Callable[[Piece], torch.Tensor], piece: Piece) -> Outcome:
    """What reading one piece comes to."""
    found = attempted(lambda: read(piece))
    return found if piece.wanted or isinstance(found, Exception) else None
