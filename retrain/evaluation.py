"""Measure one version on a suite: what it expects of liked pieces, and what it writes itself."""

from collections.abc import Callable, Sequence
from statistics import fmean
from time import monotonic

from feedback.records import Figure
from generation.engine import WritingRequest
from generation.forms import FORMS
from generation.local_engine import LocalEngine
from generation.perplexity import perplexity
from generation.prompts import messages_for
from generation.text_metrics import distinct_2, repetition
from generation.versions import LoadedVersion
from retrain.dataset import Asked
from retrain.reader import Reader
from retrain.suite import Suite, asked_in_words

Piece = tuple[Asked, str]


def examine(
    version: LoadedVersion, suite: Suite, reader: Reader | None, alive: Callable[[], None] = lambda: None
) -> dict[str, Figure]:
    """The figures of a version, by metric. `alive` is called between the parts and may raise to stop."""
    expected = expectation_figures(version, suite, alive)
    pieces = write_pieces(version, suite, alive)
    return expected | text_figures(pieces, reader)


def expectation_figures(version: LoadedVersion, suite: Suite, alive: Callable[[], None]) -> dict[str, Figure]:
    """Perplexity of held-out liked pieces, and how much likelier they are than disliked ones."""
    measured = {}
    for name, examples in (("perplexity", suite.liked), ("perplexity_disliked", suite.disliked)):
        if examples:
            pairs = [(messages_for(*example.asked), example.text) for example in examples]
            measured[name] = Figure(name, perplexity(version.model, version.tokenizer, pairs), len(examples))
        alive()
    if len(measured) == 2:
        liked, disliked = measured["perplexity"], measured["perplexity_disliked"]
        contrast = disliked.value / liked.value
        measured["contrast"] = Figure("contrast", contrast, min(liked.n, disliked.n))
    return measured


def write_pieces(version: LoadedVersion, suite: Suite, alive: Callable[[], None]) -> list[Piece]:
    """One piece after another of the suite's prompts, each with its own fixed seed."""
    examination = suite.examination
    asked = (
        [suite.prompts[i % len(suite.prompts)] for i in range(examination.pieces)] if suite.prompts else []
    )
    engine = LocalEngine(version, examination.batch)
    try:
        tickets = [
            engine.submit(
                WritingRequest(
                    messages=messages_for(*prompt),
                    seed=examination.seed + number,
                    max_new_tokens=FORMS[prompt[0]].max_new_tokens,
                    stop_after_lines=FORMS[prompt[0]].lines,
                )
            )
            for number, prompt in enumerate(asked)
        ]
        until = monotonic() + examination.patience
        pieces = []
        for prompt, ticket in zip(asked, tickets, strict=True):
            pieces.append((prompt, ticket.result(max(0.0, until - monotonic())).text))
            alive()
        return pieces
    finally:
        engine.close()


def text_figures(pieces: Sequence[Piece], reader: Reader | None) -> dict[str, Figure]:
    """How varied, repetitive, well-formed and liked the pieces are."""
    if not pieces:
        return {}
    texts = [text for _, text in pieces]
    values = {
        "distinct_2": distinct_2(texts),
        "repetition": repetition(texts),
        "form": fmean(not FORMS[asked[0]].check(text) for asked, text in pieces),
    }
    if reader is not None:
        values["score"] = fmean(reader(asked_in_words(asked), text) for asked, text in pieces)
    return {name: Figure(name, value, len(pieces)) for name, value in values.items()}
