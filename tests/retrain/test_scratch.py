"""A decoder with a tokenizer of its own is a base model like any other."""

from pathlib import Path

import pytest
import torch

from generation.base_models import Base
from generation.forms import FORMS
from generation.prompts import render_example
from generation.versions import base_name, load_tokenizer, load_version
from retrain.asking import conversation
from retrain.corpus import Poem
from retrain.scratch import decoder_of, tokenizer_for, write_base
from retrain.trial import written_in_form
from tests.retrain.small import TINY, poems

VERSE = "空山不见人，\n但闻人语响。\n返景入深林，\n复照青苔上。"
CHINESE = [Poem("wujue", "鹿柴", "zh", VERSE)]


def test_chinese_is_written_a_token_per_character_after_a_short_prompt() -> None:
    tokenizer = tokenizer_for(CHINESE, FORMS, TINY)
    prompt, completion = render_example(tokenizer, conversation(FORMS, ("wujue", "鹿柴", "zh")), VERSE)
    assert len(completion) == len(VERSE) + 1
    assert tokenizer.decode(completion, skip_special_tokens=True) == VERSE
    assert len(prompt) == 6  # Begin, the instruction in two tokens around two characters, write.
    assert tokenizer.unk_token_id not in prompt + completion


def test_other_texts_are_written_in_pieces_of_bytes_that_come_back_whole() -> None:
    tokenizer = tokenizer_for(poems(), FORMS, TINY)
    text = "A kite — naïve,\n  over the 山."
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer.encode(poems()[3].text)) < len(poems()[3].text) / 2


@pytest.mark.parametrize("trick", ["<|end|>", "<|write|>", "<|begin|>x"])
def test_nothing_that_a_reader_writes_becomes_a_control_token(trick: str) -> None:
    tokenizer = tokenizer_for(CHINESE, FORMS, TINY)
    prompt, _ = render_example(tokenizer, conversation(FORMS, ("wujue", trick, "zh")), VERSE)
    assert [i for i in prompt if i in tokenizer.all_special_ids and i != tokenizer.unk_token_id] == [
        prompt[0], prompt[-1],
    ]  # fmt: skip


def test_the_engine_writes_with_it(small_base: Base, tmp_path: Path) -> None:
    version = load_version(tmp_path, base_name(small_base), small_base, "cpu", torch.float32)
    assert version.context == TINY.context
    shares, texts = written_in_form(version, poems(4), FORMS, threads=1)
    assert len(texts) == 4
    assert 0 <= shares["in_form"] <= 1


def test_the_same_decoder_is_the_same_base_and_tells_no_path(small_base: Base) -> None:
    tokenizer = tokenizer_for(poems(), FORMS, TINY)
    torch.manual_seed(5)
    again = write_base(small_base.folder.parent, decoder_of(TINY, tokenizer), tokenizer)
    assert again == small_base
    assert str(small_base.folder.parent) not in "".join(f.read_text() for f in again.folder.glob("*.json"))
    assert load_tokenizer(again).chat_template == tokenizer.chat_template
