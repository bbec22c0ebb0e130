"""Measure one version on a suite: what it expects of liked pieces, and what it writes itself."""

from collections.abc import Callable, Sequence
from statistics import fmean
from time import monotonic

from feedback.records import Figure
from generation.checks import check
from generation.cores import CORES, on_cores
from generation.engine import WritingRequest
from generation.forms import FORMS, Catalogue
from generation.local_engine import LocalEngine
from generation.perplexity import perplexity
from generation.sampling import Sampling
from generation.text_metrics import distinct_2, repetition
from generation.versions import LoadedVersion
from retrain.asking import conversation
from retrain.dataset import Asked
from retrain.reader import Reader
from retrain.suite import Suite, asked_in_words

Piece = tuple[Asked, str]


def examine(
    version: LoadedVersion,
    suite: Suite,
    reader: Reader | None,
    alive: Callable[[], None] = lambda: None,
    forms: Catalogue = FORMS,
    threads: int = 0,
) -> dict[str, Figure]:
    """The figures of a version, by metric. `alive` is called between the parts and may raise to stop.

    `threads`: cores to compute on, 0 for all.
    """
    expected = on_cores(threads, lambda: expectation_figures(version, suite, alive, forms))
    pieces = write_pieces(version, suite, alive, forms, threads)
    return expected | text_figures(pieces, reader, forms)


def expectation_figures(
    version: LoadedVersion, suite: Suite, alive: Callable[[], None], forms: Catalogue
) -> dict[str, Figure]:
    """Perplexity of held-out liked pieces, and how much likelier they are than disliked ones."""
    measured = {}
    for name, examples in (("perplexity", suite.liked), ("perplexity_disliked", suite.disliked)):
        if examples:
            pairs = [(conversation(forms, example.asked), example.text) for example in examples]
            measured[name] = Figure(name, perplexity(version.model, version.tokenizer, pairs), len(examples))
        alive()
    if len(measured) == 2:
        liked, disliked = measured["perplexity"], measured["perplexity_disliked"]
        contrast = disliked.value / liked.value
        measured["contrast"] = Figure("contrast", contrast, min(liked.n, disliked.n))
    return measured


def write_pieces(
    version: LoadedVersion, suite: Suite, alive: Callable[[], None], forms: Catalogue, threads: int = 0
) -> list[Piece]:
    """One piece after another of the suite's prompts, each with its own fixed seed."""
    examination = suite.examination
    asked = (
        [suite.prompts[i % len(suite.prompts)] for i in range(examination.pieces)] if suite.prompts else []
    )
    engine = LocalEngine(version, examination.batch, threads=threads or CORES)
    try:
        tickets = [
            engine.submit(
                WritingRequest(
                    messages=conversation(forms, prompt),
                    seed=examination.seed + number,
                    max_new_tokens=forms[prompt[0]].max_new_tokens,
                    sampling=forms[prompt[0]].sampled(Sampling()),
                    stop_after_lines=forms[prompt[0]].lines,
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


def text_figures(
    pieces: Sequence[Piece], reader: Reader | None, forms: Catalogue = FORMS
) -> dict[str, Figure]:
    """How varied, repetitive, well-formed and liked the pieces are."""
    if not pieces:
        return {}
    texts = [text for _, text in pieces]
    values = {
        "distinct_2": distinct_2(texts),
        "repetition": repetition(texts),
        "form": fmean(_in_form(forms, asked, text) for asked, text in pieces),
    }
    if reader is not None:
        values["score"] = fmean(reader(asked_in_words(asked), text) for asked, text in pieces)
    return {name: Figure(name, value, len(pieces)) for name, value in values.items()}


def _in_form(forms: Catalogue, asked: Asked, text: str) -> bool:
    form, _, language = asked
    return check(forms[form], text, language).score == 1
