"""Every prompt is rendered whole, whatever turns and thoughts a model's chat template knows."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerBase

from generation.base_models import Base
from generation.chat_template import Takes, takes
from generation.forms import FORMS
from generation.prompts import ChatMessage, messages_for, render
from generation.versions import load_tokenizer
from tests.generation.families import FAMILIES


def folder_of_templates() -> Path:
    found = find_spec("trl")  # Its wheel holds the templates of models as their makers wrote them.
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "chat_templates"


_OF_PICTURES = ("idefics3", "llava_next", "smolvlm")  # Of models that are no plain language models.
TEMPLATES = {
    file.stem: file
    for file in sorted(folder_of_templates().glob("*.jinja"))
    if not file.stem.startswith(_OF_PICTURES)
}
SYSTEM = ChatMessage(role="system", content="You write.")
USER = ChatMessage(role="user", content="a haiku about rain")


@pytest.fixture(scope="module")
def plain(base: Base) -> PreTrainedTokenizerBase:
    return load_tokenizer(base)


@pytest.fixture(params=TEMPLATES)
def tokenizer(request: pytest.FixtureRequest, plain: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    plain.chat_template = TEMPLATES[request.param].read_text(encoding="utf-8")
    return plain


def shown(tokenizer: PreTrainedTokenizerBase, messages: list[ChatMessage]) -> str:
    return str(tokenizer.decode(render(tokenizer, messages)))


def test_all_that_is_said_reaches_the_model_in_its_order(tokenizer: PreTrainedTokenizerBase) -> None:
    messages = messages_for(FORMS["haiku"], "rain")
    text, at = shown(tokenizer, messages), 0
    for message in messages:
        at = text.index(message["content"].strip(), at) + 1


def test_two_turns_of_one_reader_reach_it_too(tokenizer: PreTrainedTokenizerBase) -> None:
    text = shown(tokenizer, [SYSTEM, USER, ChatMessage(role="user", content="and shorter")])
    assert text.index(SYSTEM["content"]) < text.index(USER["content"]) < text.index("and shorter")


def test_a_thought_is_over_before_the_model_writes(tokenizer: PreTrainedTokenizerBase) -> None:
    begun = shown(tokenizer, [USER]).rpartition(USER["content"])[2]
    assert begun.count("<think>") == begun.count("</think>")


@pytest.mark.parametrize(
    ("template", "taken"),
    [
        ("gemma", Takes(system=False, repeats=False)),
        ("gemma3", Takes(system=True, repeats=False)),
        ("llama3", Takes(system=True, repeats=True)),
        ("qwen3", Takes(system=True, repeats=True)),
    ],
)
def test_what_a_template_takes_is_found_out(
    plain: PreTrainedTokenizerBase, template: str, taken: Takes
) -> None:
    plain.chat_template = TEMPLATES[template].read_text(encoding="utf-8")
    assert takes(plain) == taken


def test_without_a_system_turn_its_text_is_the_head_of_the_first_request() -> None:
    tokenizer = FAMILIES["unflagged"]()
    assert shown(tokenizer, [SYSTEM, USER]).endswith(
        "<start_of_turn>user\nYou write.\n\na haiku about rain<end_of_turn>\n<start_of_turn>model"
    )


def test_a_model_that_may_think_is_told_not_to(plain: PreTrainedTokenizerBase) -> None:
    plain.chat_template = TEMPLATES["qwen3"].read_text(encoding="utf-8")
    assert shown(plain, [USER]).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
