"""One forward pass over the next tokens of many texts: packed into one pass where the model allows it.

Packing needs attention that transformers lets us replace. Recurrent models and others that keep more than
keys and values are run one text after the other, each with the state that the model itself keeps.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Any, Protocol

import structlog
import torch

from generation.packed_attention import NAME, Reading, Span, Writing, packing
from generation.text_cache import Shelves, TextState, shelf_columns

log = structlog.get_logger(__name__)

# What transformers' models call what they keep, the newest name first: the older ones are aliases of it.
_STATES = ("cache", "past_key_values", "cache_params", "state")
# Products of a few rows take other kernels, which sum in another order: rows come in multiples of these.
_ROWS = {torch.float32: 4, torch.bfloat16: 2}


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

    def release(self, state: Any) -> None:
        """Forget a text."""


class PackedPass:
    """All texts in one pass, each with its own cache."""

    reads_in_pieces = True

    def __init__(self, model: Any) -> None:
        self._model = model
        self._shelves = Shelves()

    def new_state(self, prompt_tokens: int, need: int) -> TextState:
        return TextState(prompt_tokens, need)

    def release(self, state: TextState) -> None:
        self._shelves.remove(state)

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        try:
            outcomes = self._together(pieces)
        except torch.AcceleratorError:  # The device itself is in error: nothing will work on it any more.
            raise
        except Exception as error:  # noqa: BLE001 - it fails for the text to blame; the others go on.
            if len(pieces) == 1:
                return [error]
            log.warning("a pass failed, trying its texts one by one", texts=len(pieces), error=str(error))
            # One of them is to blame: nothing counts until a pass has succeeded, so each is tried alone.
            return [outcome for piece in pieces for outcome in self.run([piece])]
        for piece in pieces:
            piece.state.length += len(piece.tokens)
            if piece.wanted and piece.state.prompt is not None:
                self._shelves.put(piece.state)
        return outcomes

    @torch.inference_mode()
    def _together(self, pieces: Sequence[Piece]) -> list[Outcome]:
        order = sorted(range(len(pieces)), key=lambda i: _place(pieces[i].state))
        ordered = [pieces[i] for i in order]
        tokens = [token for piece in ordered for token in piece.tokens]
        positions = [piece.state.length + i for piece in ordered for i in range(len(piece.tokens))]
        ends = accumulate(len(piece.tokens) for piece in ordered)
        wanted = [end - 1 for end, piece in zip(ends, ordered, strict=True) if piece.wanted]
        device, rows = self._model.device, _ROWS.get(self._model.dtype, 1)
        with packing(list(_spans(ordered, device))):
            output = self._model(
                input_ids=torch.tensor([_filled(tokens, rows)], device=device),
                position_ids=torch.tensor([_filled(positions, rows)], device=device),
                use_cache=False,
                logits_to_keep=torch.tensor(_filled(wanted or [0], rows), device=device),
            )
        logits = iter(output.logits[0])
        outcomes: dict[int, Outcome] = {i: next(logits) if pieces[i].wanted else None for i in order}
        return [outcomes[i] for i in range(len(pieces))]


def _place(state: TextState) -> tuple[int, int]:
    """Neighbours on a shelf go side by side; prompts being read come last."""
    return (state.shelf.columns, state.row) if state.shelf is not None else (sys.maxsize, 0)


def _spans(pieces: Sequence[Piece], device: torch.device) -> Iterator[Span]:
    at = 0
    while at < len(pieces):
        state = pieces[at].state
        if state.shelf is None:
            yield Reading(state.prompt, state.length, len(pieces[at].tokens))
            at += 1
            continue
        end = at + 1
        while end < len(pieces) and _place(pieces[end].state) == (state.shelf.columns, state.row + end - at):
            end += 1
        lengths = [piece.state.length for piece in pieces[at:end]]
        yield Writing(state.shelf, state.row, torch.tensor(lengths, device=device), max(lengths))
        at = end


def _filled(items: list[int], rows: int) -> list[int]:
    """With the last one repeated, so that there is a multiple of so many."""
    return items + items[-1:] * (-len(items) % rows)


@dataclass(slots=True)
class OwnState:
    """What the model handed back for one text."""

    kept: dict[str, Any] = field(default_factory=dict)


class SinglePass:
    """One text after the other, with the model's own state: right for every model, and slower."""

    reads_in_pieces = False

    def __init__(self, model: Any) -> None:
        self._model = model

    def new_state(self, prompt_tokens: int, need: int) -> OwnState:  # noqa: ARG002 - the model grows it.
        return OwnState()

    def release(self, state: OwnState) -> None:
        state.kept = {}

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        return [self._one(piece) for piece in pieces]

    @torch.inference_mode()
    def _one(self, piece: Piece) -> Outcome:
        try:
            ids = torch.tensor([piece.tokens], device=self._model.device)
            output = self._model(input_ids=ids, use_cache=True, **piece.state.kept)
        except torch.AcceleratorError:
            raise
        except Exception as error:  # noqa: BLE001 - it fails for this text; the others go on.
            return error
        name = next((name for name in _STATES if output.get(name) is not None), None)
        piece.state.kept = {name: output[name]} if name else {}
        logits: torch.Tensor = output.logits[0, -1]
        return logits if piece.wanted else None


@dataclass(frozen=True, slots=True)
class Runnable:
    """A model with the way to run it."""

    new_pass: Callable[[], ForwardPass]
    bytes_per_token: int  # Of what is kept of a text.

    def bytes_of(self, need: int) -> int:
        """Of cache, for a text that can come to hold so many tokens."""
        return shelf_columns(need) * self.bytes_per_token


def runnable(model: Any) -> Runnable:
    """Packed if the model computes the same that way, tried on two short texts; else one by one."""
    config = model.config.get_text_config()
    # An upper bound for attention; recurrent states do not grow at all.
    single = Runnable(
        partial(SinglePass, model), 2 * config.num_hidden_layers * config.hidden_size * model.dtype.itemsize
    )
    if not _may_pack(config):
        return single
    before = model.config._attn_implementation  # noqa: SLF001 - transformers has a setter only.
    try:
        model.set_attn_implementation(NAME)
        if bytes_per_token := _bytes_if_same(PackedPass(model), model):
            return Runnable(partial(PackedPass, model), bytes_per_token)
    except (ValueError, TypeError, AttributeError, KeyError, RuntimeError, NotImplementedError):
        pass  # It does not take another attention, or not these arguments.
    model.set_attn_implementation(before)
    log.info("texts are written one after the other: the model cannot be packed", model=config.model_type)
    return single


def _may_pack(config: Any) -> bool:
    """Is every layer attention that we know, with positions that do not depend on the other texts?"""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    rope = getattr(config, "rope_parameters", None) or {}
    per_layer = [value for value in rope.values() if isinstance(value, dict)] or [rope]
    return (
        kinds <= {"full_attention", "sliding_attention"}
        and not getattr(config, "attn_logit_softcapping", None)
        and all(one.get("rope_type") not in {"dynamic", "longrope"} for one in per_layer)
    )


@torch.inference_mode()
def _bytes_if_same(packed: PackedPass, model: Any) -> int:
    """Cache bytes per token, or 0 unless two texts read in pieces get the logits that each gets alone."""
    vocabulary = model.config.get_text_config().vocab_size
    texts = [[(7 * i + 3 * n) % vocabulary for i in range(n)] for n in (11, 7)]
    states = [packed.new_state(len(text), len(text)) for text in texts]
    packed.run([Piece(t[:4], s, wanted=False) for t, s in zip(texts, states, strict=True)])
    bytes_per_token = sum(
        kept.shape[0] * kept.shape[2] * kept.element_size()
        for pair in (states[0].prompt.layers.values() if states[0].prompt else ())
        for kept in pair
    )
    packed.run([Piece(t[4:-1], s) for t, s in zip(texts, states, strict=True)])
    logits = packed.run([Piece(t[-1:], s) for t, s in zip(texts, states, strict=True)])
    rounding = 1e-3 if model.dtype == torch.float32 else 0.06  # bfloat16 is seen to be off by 0.024.
    for text, got in zip(texts, logits, strict=True):
        expected = model(input_ids=torch.tensor([text], device=model.device)).logits[0, -1].float()
        if not isinstance(got, torch.Tensor) or not _close(got.float(), expected, rounding):
            return 0
    return bytes_per_token


def _close(got: torch.Tensor, expected: torch.Tensor, rounding: float) -> bool:
    """Equal up to rounding: another attention would be off by a good part of the logits' spread."""
    return bool((got - expected).std() <= rounding * expected.std())
