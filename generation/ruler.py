"""Measure conversations for one model: how much its context holds, and what a turn takes of it."""

from typing import Any

from transformers import PreTrainedTokenizerBase

from generation.control_tokens import defuse
from generation.conversation import Ruler
from generation.prompts import ChatMessage, render

_UNKNOWN = 2048  # Tokens, where a model does not say; recurrent models have no bound.


def ruler_of(tokenizer: PreTrainedTokenizerBase, config: Any) -> Ruler:
    """Counts as `render` does: each turn with its frame, and once what frames the whole."""
    user, assistant = (ChatMessage(role=role, content="rain") for role in ("user", "assistant"))
    word = len(tokenizer.encode("rain", add_special_tokens=False))
    alone, answered, asked_again = (
        len(render(tokenizer, turns)) for turns in ([user], [user, assistant], [user, assistant, user])
    )
    # Some templates put more around what readers say than around what the model said, others less.
    frame = max(1, max(answered - alone, asked_again - answered) - word + 1)

    def count(text: str) -> int:
        return len(tokenizer.encode(defuse(tokenizer, text), add_special_tokens=False)) + frame

    context = getattr(config, "max_position_embeddings", None) or _UNKNOWN
    return Ruler(int(context) - max(0, alone - word - frame), count)
