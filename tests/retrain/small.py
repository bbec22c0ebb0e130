"""A base model of a few thousand weights, grown here, and poems for it: where the model does not matter."""

import json
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from generation.base_models import Base
from generation.forms import FORMS
from retrain.corpus import Corpus, Poem, split
from retrain.scratch import decoder_of, tokenizer_for, write_base
from retrain.shape import Shape

TINY = Shape(layers=2, width=16, heads=2, dropout=0.1, vocabulary=400, context=256)
_THINGS = ("rain", "bread", "an owl", "the tide", "a kite", "snow", "tea", "a ladder", "bees", "hay")
_DOES = ("waits", "turns", "sings", "falls")


def poems(count: int = 40) -> list[Poem]:
    return [
        Poem("poem", thing, "en", f"{thing} {does} by door {number},\nand nobody knows why.")
        for number in range(count)
        for thing, does in [(_THINGS[number % len(_THINGS)], _DOES[number % len(_DOES)])]
    ]


def small_corpus(count: int = 40) -> Corpus:
    return split(poems(count))


def write_poems(file: Path, count: int = 40) -> Path:
    rows = (json.dumps({"title": poem.theme, "text": poem.text}) for poem in poems(count))
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def grow_small_base(bases: Path, dtype: torch.dtype = torch.float32) -> Base:
    """Untrained. `dtype`: of its file."""
    tokenizer = tokenizer_for(poems(), FORMS, TINY)
    torch.manual_seed(5)
    return write_base(bases, decoder_of(TINY, tokenizer).to(dtype), tokenizer)


def grow_turned_base(bases: Path) -> Base:
    """As small, of GPT-2's shape: its matrices lie turned in memory."""
    tokenizer = tokenizer_for(poems(), FORMS, TINY)
    torch.manual_seed(6)
    shape = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=TINY.context,
        n_embd=TINY.width,
        n_layer=TINY.layers,
        n_head=TINY.heads,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return write_base(bases, GPT2LMHeadModel(shape), tokenizer)
