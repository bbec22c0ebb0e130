"""Measure one version on a suite, item by item: what it expects of texts, and what it writes itself."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from math import log
from typing import Any

from transformers import PreTrainedTokenizerBase

from generation.checks import check
from generation.cores import on_cores
from generation.examples_repeated import copied
from generation.forms import Catalogue
from generation.perplexity import Surprise, surprises
from generation.prompts import render_example
from generation.text_metrics import repetition_of, words_of
from generation.versions import LoadedVersion
from retrain.asking import conversation
from retrain.dataset import Asked
from retrain.diversity import distinct, self_bleu
from retrain.pieces import written
from retrain.series import Measured, Series, mean_of
from retrain.suite import Piece, Suite, asked_in_words
from retrain.yardsticks import Yardsticks

_LONGEST = 512  # Tokens of a passage of human text that are read.


def examine(
    version: LoadedVersion,
    suite: Suite,
    yardsticks: Yardsticks,
    alive: Callable[[], None] = lambda: None,
    threads: int = 0,
    seen: Callable[[Sequence[Piece]], None] = lambda _: None,
    ready: Callable[[], None] = lambda: None,
) -> Measured:
    """The figures of a version, by metric. `alive` is called between the parts and may raise to stop.

    `threads`: cores to compute on, 0 for all. `seen` is given what the version has written. `ready` returns
    when more may be computed.
    """
    ready()
    expected = on_cores(threads, lambda: expectation(version, suite, alive, yardsticks.forms))
    pieces = write_pieces(version, suite, alive, yardsticks.forms, threads, ready)
    seen(pieces)
    return expected | judged_pieces(pieces, yardsticks)


def expectation(
    version: LoadedVersion, suite: Suite, alive: Callable[[], None], forms: Catalogue
) -> Measured:
    """How well it foresees readers' favourites, knows them from what they disliked, and human text."""
    liked = [(example.asked, example.text) for example in suite.liked]
    pairs = suite.pairs
    rated = [*liked, *(piece for pair in pairs for piece in pair)]
    found = _surprises_of(rated, version.model, version.tokenizer, forms)
    alive()
    measured = [*_favourites(liked, found), *_contrasts(pairs, found), *_human(version, suite.human)]
    alive()
    return {series.metric: series for series in measured}


def told_apart(
    model: Any, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[tuple[Piece, Piece]], forms: Catalogue
) -> Measured:
    """How well a model knows better pieces from worse ones."""
    found = _surprises_of([piece for pair in pairs for piece in pair], model, tokenizer, forms)
    return {series.metric: series for series in _contrasts(pairs, found)}


def _surprises_of(
    pieces: Sequence[Piece], model: Any, tokenizer: PreTrainedTokenizerBase, forms: Catalogue
) -> dict[Piece, Surprise]:
    """Of each piece once, after its request."""
    once = list(dict.fromkeys(pieces))
    rendered = [render_example(tokenizer, conversation(forms, asked), text) for asked, text in once]
    return dict(zip(once, surprises(model, rendered), strict=True))


def by_themselves(
    tokenizer: PreTrainedTokenizerBase, passages: Sequence[str]
) -> list[tuple[list[int], list[int]]]:
    """Texts without a request, as tokens: the first, and what is foreseen after it."""
    encoded = [tokenizer.encode(passage)[:_LONGEST] for passage in passages]
    return [(ids[:1], ids[1:]) for ids in encoded]


def _human(version: LoadedVersion, passages: Sequence[str]) -> list[Series]:
    if not passages:
        return []
    found = surprises(version.model, by_themselves(version.tokenizer, passages))
    return [_bits_per_byte("bits_per_byte_human", passages, passages, found)]


def _favourites(liked: Sequence[Piece], found: dict[Piece, Surprise]) -> list[Series]:
    if not liked:
        return []
    items, texts = [_item(piece) for piece in liked], [text for _, text in liked]
    cost = [found[piece] for piece in liked]
    nats, tokens = tuple(one.nats for one in cost), tuple(float(one.tokens) for one in cost)
    return [
        Series("perplexity", tuple(items), nats, tokens, logarithmic=True),
        _bits_per_byte("bits_per_byte_liked", items, texts, cost),
    ]


def _bits_per_byte(
    metric: str, items: Sequence[str], texts: Sequence[str], found: Sequence[Surprise]
) -> Series:
    bits = tuple(one.nats / log(2) for one in found)
    return Series(metric, tuple(items), bits, tuple(float(len(text.encode())) for text in texts))


def _contrasts(pairs: Sequence[tuple[Piece, Piece]], found: dict[Piece, Surprise]) -> list[Series]:
    """By how many bits per byte a better piece is likelier than a worse one, and how often it is at all."""
    if not pairs:
        return []
    items = [f"{_item(better)} {_item(worse)}" for better, worse in pairs]
    ahead = [_bits(worse, found) - _bits(better, found) for better, worse in pairs]
    return [
        mean_of("contrast", items, ahead),
        mean_of("preference_accuracy", items, [float(bits > 0) for bits in ahead]),
    ]


def _bits(piece: Piece, found: dict[Piece, Surprise]) -> float:
    return found[piece].nats / log(2) / max(1, len(piece[1].encode()))


def _item(piece: Piece) -> str:
    asked, text = piece
    return _hashed(*asked, text)


def _hashed(*words: str) -> str:
    """An item's name. Figures outlast their run, and readers' words must not."""
    return sha256("\0".join(words).encode(errors="replace")).hexdigest()


def write_pieces(
    version: LoadedVersion,
    suite: Suite,
    alive: Callable[[], None],
    forms: Catalogue,
    threads: int = 0,
    ready: Callable[[], None] = lambda: None,
) -> list[Piece]:
    """One piece after another of the suite's prompts."""
    examination = suite.examination
    asked = (
        [suite.prompts[i % len(suite.prompts)] for i in range(examination.pieces)] if suite.prompts else []
    )
    texts = written(
        version,
        asked,
        examination.seed,
        forms,
        alive,
        batch=examination.batch,
        patience=examination.patience,
        threads=threads,
        ready=ready,
    )
    return list(zip(asked, texts, strict=True))


def judged_pieces(pieces: Sequence[Piece], yardsticks: Yardsticks) -> Measured:
    """How varied, repetitive, well-formed, long, harmless, original and liked the pieces are."""
    if not pieces:
        return {}
    texts, items = [text for _, text in pieces], [_hashed(*asked) for asked, _ in pieces]
    found = [distinct(texts, items, 2), distinct(texts, items, 3), self_bleu(texts, items)]
    found += [
        mean_of(metric, items, [judge(asked, text) for asked, text in pieces])
        for metric, judge in _judges(yardsticks).items()
    ]
    return {series.metric: series for series in found}


def _judges(yardsticks: Yardsticks) -> dict[str, Callable[[Asked, str], float]]:
    """What each single piece is judged by."""
    reader, critic = yardsticks.reader, yardsticks.critic
    judges: dict[str, Callable[[Asked, str], float]] = {
        "repetition": lambda _, text: repetition_of(text),
        "form": lambda asked, text: _in_form(yardsticks.forms, asked, text),
        "words": lambda _, text: float(len(words_of(text))),
        "safe": lambda _, text: float(yardsticks.screen.objection(text) is None),
        "original": lambda asked, text: _original(yardsticks, asked, text),
    }
    if reader is not None:
        judges["score"] = lambda asked, text: reader(asked_in_words(asked), text)
    if critic is not None:
        judges["liking"] = lambda asked, text: critic.liking(asked[0], asked[1], text)
    return judges


def _original(yardsticks: Yardsticks, asked: Asked, text: str) -> float:
    form, theme, _ = asked
    return float(copied(yardsticks.forms[form], theme, text, yardsticks.originality) is None)


def _in_form(forms: Catalogue, asked: Asked, text: str) -> float:
    form, _, language = asked
    return float(bool(text.strip()) and check(forms[form], text, language).score == 1)
