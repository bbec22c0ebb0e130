"""Apply a model's chat template, to a conversation in turns that it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from generation.thoughts import CLOSE, OPEN
from generation.turns import ChatMessage, joined, without_system

if TYPE_CHECKING:  # Importing transformers takes seconds; the command line should not wait for it.
    from transformers import PreTrainedTokenizerBase

_OBJECTIONS = (TemplateError, ValueError, TypeError, AttributeError, LookupError)


@dataclass(frozen=True, slots=True)
class Takes:
    """What a template takes; the rest it refuses. What it leaves out without a word, it means to."""

    system: bool  # A turn of the system.
    repeats: bool  # Two turns of one role in a row.

    def turns(self, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
        """The conversation as the template takes it."""
        if not self.system:
            return without_system(messages)
        return list(messages) if self.repeats else joined(messages)


def takes(tokenizer: "PreTrainedTokenizerBase") -> Takes:
    """Found out by trying, once for a tokenizer and template."""
    return _tried(tokenizer, str(tokenizer.chat_template))


def applied(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[ChatMessage]) -> str:
    """The conversation in the template's words, up to where the model begins to write, and not to think."""
    text = _apply(tokenizer, takes(tokenizer).turns(messages))
    # Some templates always begin a thought: it is over before the model has said a word of it.
    return f"{text.rstrip()}\n\n{CLOSE}\n\n" if text.rstrip().endswith(OPEN) else text


def _apply(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[ChatMessage]) -> str:
    turns: list[Any] = list(messages)
    # Templates that know no thinking know nothing of the switch either.
    return str(
        tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=False, enable_thinking=False
        )
    )


@lru_cache(maxsize=4)
def _tried(tokenizer: "PreTrainedTokenizerBase", _template: str) -> Takes:
    def taken(*roles: str) -> bool:
        try:
            _apply(tokenizer, [ChatMessage(role=role, content="rain") for role in roles])
        except _OBJECTIONS:
            return False
        return True

    return Takes(system=taken("system", "user"), repeats=taken("user", "user"))
