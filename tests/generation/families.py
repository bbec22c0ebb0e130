"""Tiny tokenizers of other families, with what makes each of them easy to fool."""

from collections.abc import Callable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

_BYTES = {symbol: i for i, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
_LLAMA = (
    "{% for m in messages %}{% if m.role == 'assistant' %} {{ m.content | trim }} </s>{% else %}"
    "<s>[INST] {{ m.content | trim }} [/INST]{% endif %}{% endfor %}"
)
_GEMMA = (
    "<bos>{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{{ m.content | trim }}<end_of_turn>\n{% endfor %}<start_of_turn>model\n"
)
_SPOKEN = (
    "{% for m in messages %}{% if m.role == 'user' %}USER: {% else %}ASSISTANT: {% endif %}"
    "{{ m.content }}</s>\n{% endfor %}ASSISTANT:"
)


def _bytes(normalizer: normalizers.Normalizer | None = None) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=dict(_BYTES), merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    return tokenizer


def _characters() -> Tokenizer:
    """One token per character, white space shown as ▁, anything unknown as <unk>."""
    alphabet = "▁ abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ<>|[]/_:.,\n"
    vocab = {"<unk>": 0} | {c: i for i, c in enumerate(alphabet, 1)}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Replace("▁", " ")
    return tokenizer


def _wrapped(
    tokenizer: Tokenizer, template: str, tokens: list[AddedToken], **named: str
) -> PreTrainedTokenizerBase:
    tokenizer.add_special_tokens([token for token in tokens if token.special])
    tokenizer.add_tokens([token for token in tokens if not token.special])
    wrapped: PreTrainedTokenizerBase = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, chat_template=template, **named
    )
    return wrapped


def _token(text: str, *, special: bool = True, **flags: bool) -> AddedToken:
    return AddedToken(text, special=special, **flags)


def compatible_forms() -> PreTrainedTokenizerBase:
    """Normalises ＜｜im_start｜＞ into a control token, drops zero-width spaces, and ignores case."""
    steps = [
        normalizers.NFKC(),
        normalizers.Replace(Regex("[\u200b-\u200d\ufeff]"), ""),
        normalizers.Lowercase(),
    ]
    tokens = [_token("<|im_start|>", normalized=True), _token("<|im_end|>", normalized=True)]
    return _wrapped(_bytes(normalizers.Sequence(steps)), _CHATML, tokens, eos_token="<|im_end|>")


def without_spaces() -> PreTrainedTokenizerBase:
    """Deletes every space before it looks for control tokens."""
    tokens = [_token("<|im_start|>", normalized=True), _token("<|im_end|>", normalized=True)]
    return _wrapped(_bytes(normalizers.Replace(" ", "")), _CHATML, tokens, eos_token="<|im_end|>")


def sentencepiece() -> PreTrainedTokenizerBase:
    """Plain-text turn markers, an unknown token, and control tokens that eat the space around them."""
    tokens = [
        _token("<unk>", normalized=False),
        _token("<s>", lstrip=True, rstrip=True),
        _token("</s>", lstrip=True, rstrip=True),
        _token("▁▁", special=False),
    ]
    return _wrapped(_characters(), _LLAMA, tokens, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def unflagged() -> PreTrainedTokenizerBase:
    """Turn markers that are added tokens, but not flagged as special."""
    tokens = [
        _token("<bos>"),
        _token("<eos>"),
        _token("<start_of_turn>", special=False),
        _token("<end_of_turn>", special=False),
        _token("\n\n", special=False, normalized=False),
        _token("rain", special=False),
    ]
    return _wrapped(_bytes(), _GEMMA, tokens, bos_token="<bos>", eos_token="<eos>")


def spoken_roles() -> PreTrainedTokenizerBase:
    """Turns that are told apart by words only."""
    return _wrapped(_bytes(), _SPOKEN, [_token("</s>")], eos_token="</s>")


def no_template() -> PreTrainedTokenizerBase:
    wrapped = _wrapped(
        _bytes(), "", [_token("<|endoftext|>")], eos_token="<|endoftext|>", unk_token="<|endoftext|>"
    )
    wrapped.chat_template = None
    return wrapped


FAMILIES: dict[str, Callable[[], PreTrainedTokenizerBase]] = {
    build.__name__: build
    for build in (compatible_forms, without_spaces, sentencepiece, unflagged, spoken_roles, no_template)
}
