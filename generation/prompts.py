"""Turn a form and a theme into the tokens that the model continues, for writing and for training alike."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generation.chat_template import applied
from generation.control_tokens import Piece, encode
from generation.forms import Form
from generation.turns import ChatMessage as ChatMessage

if TYPE_CHECKING:  # Importing transformers takes seconds; the command line should not wait for it.
    from transformers import PreTrainedTokenizerBase

_LANGUAGES = {"en": "English", "zh": "Chinese"}
_PLACE = "\ue000{}\ue001"  # Of private use: no template writes or strips these.
_PLACES = re.compile("\ue000(\\d+)\ue001")
_SYSTEM = {
    "en": "You are a gifted writer. You write concrete, musical, original pieces.",
    "zh": "你是一位出色的作家，文字具体、有韵律、有新意。",
}


def messages_for(form: Form, theme: str, language: str = "en") -> list[ChatMessage]:
    """The conversation that asks for one piece, after the form's examples in that language."""
    messages: list[ChatMessage] = [{"role": "system", "content": _SYSTEM.get(language, _SYSTEM["en"])}]
    for example in form.examples:
        if example.language == language:
            messages.append({"role": "user", "content": _request(form, example.theme, language)})
            messages.append({"role": "assistant", "content": example.text})
    messages.append({"role": "user", "content": _request(form, theme, language)})
    return messages


def _request(form: Form, theme: str, language: str) -> str:
    """The instruction in the piece's language; in another one, with the language to write in, if need be."""
    templates = {str(known): template for known, template in form.instruction.items()}
    template = templates.get(language)
    if template is None:
        template = templates.get("en") or next(iter(templates.values()))
        template += f" Write in {_LANGUAGES.get(language, language)}."
    return template.strip().replace("{theme}", theme)


def render(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[ChatMessage]) -> list[int]:
    """Token ids of the conversation up to where the model begins to write."""
    if tokenizer.chat_template:
        return encode(tokenizer, _templated(tokenizer, messages))
    gap = Piece("\n\n", trusted=True)
    pieces = [piece for message in messages for piece in (Piece(message["content"].strip()), gap)]
    return encode(tokenizer, pieces, add_special_tokens=True)


def _templated(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[ChatMessage]) -> list[Piece]:
    """The template's own words around what was said.

    The template sees placeholders, so nothing that a reader wrote can change what it does.
    """
    held = [ChatMessage(role=turn["role"], content=_PLACE.format(i)) for i, turn in enumerate(messages)]
    parts = _PLACES.split(applied(tokenizer, held))  # Every second one is the number of a message.
    return [
        Piece(messages[int(part)]["content"].strip()) if i % 2 else Piece(part, trusted=True)
        for i, part in enumerate(parts)
    ]


def render_example(
    tokenizer: "PreTrainedTokenizerBase", messages: Sequence[ChatMessage], text: str
) -> tuple[list[int], list[int]]:
    """Token ids of a prompt and of the completion that answers it, its end-of-turn token included."""
    completion = encode(tokenizer, [Piece(text)])
    end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    return render(tokenizer, messages), [*completion, *end]
