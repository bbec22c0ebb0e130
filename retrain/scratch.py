"""A small decoder of its own with its own tokenizer, as a base model: its shape, its words, its folder."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from generation.base_models import Base, prepare_base
from generation.durable import make_durable
from generation.forms import Catalogue
from generation.prompts import messages_for
from retrain.corpus import Poem
from retrain.shape import Shape

_BEGIN, _WRITE, _END, _UNKNOWN = "<|begin|>", "<|write|>", "<|end|>", "<|unknown|>"
_SPECIAL = (_UNKNOWN, _BEGIN, _WRITE, _END)
# It learns from single requests, so it is shown the newest one alone.
_TEMPLATE = "{{ '" + _BEGIN + "' }}{{ messages[-1]['content'] }}{{ '" + _WRITE + "' }}"
_WIDER = 3  # The layer between two attentions, by the width.
_THEME = "\ue000"  # Of private use, so in no instruction.
_PLAIN = "".join(map(chr, range(32, 127))) + "\n，。！？；：、《》「」"


def tokenizer_for(poems: Sequence[Poem], forms: Catalogue, shape: Shape) -> PreTrainedTokenizerFast:
    """A token per character if most poems are Chinese, else byte-level BPE learned from the poems."""
    chinese = 2 * sum(poem.language == "zh" for poem in poems) > len(poems)
    made = (_characters if chinese else _byte_pairs)(poems, forms, shape.vocabulary)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made,
        bos_token=_BEGIN,
        eos_token=_END,
        unk_token=_UNKNOWN,
        pad_token=_END,
        additional_special_tokens=[_WRITE],
        chat_template=_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=shape.context,
    )


def _characters(poems: Sequence[Poem], forms: Catalogue, most: int) -> Tokenizer:
    """A token per character. The words of an instruction around its theme are one token each."""
    phrases = sorted(set(_phrases(forms)), key=lambda phrase: (-len(phrase), phrase))
    counted = Counter(letter for poem in poems for letter in poem.theme + poem.text)
    letters = dict.fromkeys(_PLAIN) | dict.fromkeys(letter for letter, _ in counted.most_common())
    vocabulary = [*_SPECIAL, *phrases, *letters][:most]
    made = Tokenizer(models.WordLevel({token: i for i, token in enumerate(vocabulary)}, unk_token=_UNKNOWN))
    escaped = "|".join(map(_escaped, phrases))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(f"{escaped}|[\\s\\S]"), behavior="isolated")
    made.decoder = decoders.Fuse()
    return made


def _escaped(phrase: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\.^$*+?()[]{}|" else letter for letter in phrase)


def _phrases(forms: Catalogue) -> Iterable[str]:
    for form in forms.values():
        asked = messages_for(form, _THEME, "zh")[-1]["content"]
        yield from (part for part in asked.split(_THEME) if len(part) > 1)


def _byte_pairs(poems: Sequence[Poem], forms: Catalogue, most: int) -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=most,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    asked = (messages_for(forms.named(p.form), p.theme, p.language)[-1]["content"] for p in poems)
    made.train_from_iterator([*(poem.text for poem in poems), *asked], trainer)
    return made


def decoder_of(shape: Shape, tokenizer: PreTrainedTokenizerFast) -> Any:
    """Untrained, of Llama's shape. Its first weights are drawn at random.

    Places are told by rotation (Su et al. 2021, arXiv:2104.09864): that a verse ends, and which one it rhymes
    with, is a matter of how far back something stands, however long the title before it is.
    """
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            max_position_embeddings=shape.context,
            hidden_size=shape.width,
            intermediate_size=_WIDER * shape.width,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            attention_dropout=shape.dropout,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def write_base(bases: Path, model: Any, tokenizer: PreTrainedTokenizerFast) -> Base:
    """Keep the decoder as a base model like any other, named by its hash; whole or not at all."""
    bases.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".making-", dir=bases))
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model.to("cpu", torch.float32).save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        draft.chmod(0o755)
        folder = bases / f"own-{prepare_base(str(draft), bases).sha256[:8]}"
        if not folder.exists():  # Else a run that was killed has kept it already.
            make_durable(draft)
            draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return prepare_base(str(folder), bases)
