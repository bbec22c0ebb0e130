"""A line feed is found whatever a tokenizer calls it."""

from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, PreTrainedTokenizerFast

from generation.versions import LoadedVersion
from tests.generation.tiny import GROUPED, tiny_version

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]  # As Llama 2 and Mistral have them.
LETTERS = "▁abcdefghijklmnopqrstuvwxyzĊ"


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
