"""Turn a form and a theme into the tokens that the model continues, for writing and for training alike."""

from typing import TYPE_CHECKING, Any, TypedDict

from generation.forms import form_named

if TYPE_CHECKING:  # Importing transformers takes seconds; the command line should not wait for it.
    from transformers import PreTrainedTokenizerBase

_LANGUAGES = {"en": "English", "zh": "Chinese"}


class ChatMessage(TypedDict):
    role: str
    content: str


def messages_for(form: str, theme: str, language: str = "en") -> list[ChatMessage]:
    """The conversation that asks for one piece."""
    instruction = form_named(form).instruction.format(theme=theme)
    if language != "en":
        instruction += f" Write in {_LANGUAGES.get(language, language)}."
    return [
        {
            "role": "system",
            "content": "You are a gifted writer. You write concrete, musical, original pieces.",
        },
        {"role": "user", "content": instruction},
    ]


def defuse(tokenizer: "PreTrainedTokenizerBase", text: str) -> str:
    """The text with control tokens broken up, so that no reader can forge a turn."""
    for token in tokenizer.get_added_vocab():
        text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def render(tokenizer: "PreTrainedTokenizerBase", messages: list[ChatMessage]) -> list[int]:
    """Token ids of the conversation up to where the model begins to write."""
    safe: list[Any] = [{**message, "content": defuse(tokenizer, message["content"])} for message in messages]
    if tokenizer.chat_template:
        ids: Any = tokenizer.apply_chat_template(
            safe, add_generation_prompt=True, tokenize=True, return_dict=False
        )
    else:
        ids = tokenizer.encode("\n\n".join(message["content"] for message in safe) + "\n\n")
    return [int(i) for i in ids]


def render_example(
    tokenizer: "PreTrainedTokenizerBase", messages: list[ChatMessage], text: str
) -> tuple[list[int], list[int]]:
    """Token ids of a prompt and of the completion that answers it, its end-of-turn token included."""
    completion = tokenizer.encode(defuse(tokenizer, text), add_special_tokens=False)
    end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    return render(tokenizer, messages), [*completion, *end]
