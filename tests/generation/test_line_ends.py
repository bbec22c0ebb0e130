"""A line feed is found whatever a tokenizer calls it, and a line is one that is not blank."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, PreTrainedTokenizerFast

from generation.engine import WritingRequest
from generation.line_stop import cut_at_lines
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.sampling import GREEDY
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.tiny import GROUPED, tiny_version
from tests.generation.wrapped import Wrapped

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]  # As Llama 2 and Mistral have them.
LETTERS = "▁abcdefghijklmnopqrstuvwxyzĊ"


class Dictating(Wrapped):
    """The real model, except that its likeliest tokens are those of one text."""

    def __init__(self, model: Any, text: list[int]) -> None:
        super().__init__(model)
        self._text = iter(text)

    def __call__(self, **inputs: Any) -> Any:
        output = self._model(**inputs)
        output.logits[0, :, next(self._text)] = 1e6
        return output


def stopped_after(version: LoadedVersion, text: str, lines: int) -> str:
    """What the engine writes of a text of which so many lines are wanted."""
    dictating = Dictating(version.model, version.tokenizer.encode(text))
    runnable = replace(version.runnable, new_pass=partial(PackedPass, dictating))
    engine = LocalEngine(replace(version, runnable=runnable))
    request = WritingRequest([{"role": "user", "content": "rain"}], 1, 50, GREEDY, stop_after_lines=lines)
    written = engine.submit(request).result(DEADLINE)
    engine.close()
    return written.text


@pytest.mark.parametrize(
    "text",
    [
        "old pond\n \na frog\n  \t\nplop\nand more\n",
        "old pond\n\n\na frog\nplop\nand more\n",
        "<think>\nfive\nseven\nfive\n</think>\nold pond\na frog\nplop\nand more\n",
    ],
)
def test_lines_are_counted_as_a_servers_are(live: LoadedVersion, text: str) -> None:
    tiny = tiny_version("tiny", LlamaConfig(**GROUPED), live.tokenizer)
    assert stopped_after(tiny, text, 3) == str(cut_at_lines(text, 3)).strip()


def byte_fallback() -> PreTrainedTokenizerFast:
    vocab = {token: i for i, token in enumerate(["<unk>", "<s>", "</s>", *BYTES, *LETTERS])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def test_the_line_feed_of_byte_fallback_is_one_and_a_maltese_letter_is_none() -> None:
    tokenizer = byte_fallback()
    version = tiny_version("tiny", LlamaConfig(**GROUPED | {"vocab_size": len(tokenizer)}), tokenizer)
    assert version.newline_tokens == {tokenizer.convert_tokens_to_ids("<0x0A>")}


def test_byte_level_tokens_with_a_line_feed_in_them_are_line_ends(live: LoadedVersion) -> None:
    tokens = live.tokenizer.encode("old pond\n\na frog\n")
    ends = [token for token in tokens if token in live.newline_tokens]
    assert "".join(str(live.tokenizer.decode([token])) for token in ends) == "\n\n\n"
