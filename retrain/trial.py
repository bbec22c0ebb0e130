"""Have a version write to themes that it has not seen, and hold what it writes against the form's checks."""

from collections.abc import Sequence
from statistics import fmean

from generation.checks import check
from generation.engine import WritingRequest
from generation.forms import Catalogue
from generation.local_engine import LocalEngine
from generation.sampling import Sampling
from generation.versions import LoadedVersion
from retrain.asking import conversation
from retrain.corpus import Poem

_AT_ONCE = 32  # Pieces.
_PATIENCE = 300.0  # Seconds for all of them.


def written_in_form(
    version: LoadedVersion, themes: Sequence[Poem], forms: Catalogue, threads: int
) -> tuple[dict[str, float], list[str]]:
    """The share of single tries that keeps each of the form's checks, and all of them; and the texts."""
    engine = LocalEngine(version, _AT_ONCE, threads=threads)
    try:
        tickets = [engine.submit(_request(poem, number, forms)) for number, poem in enumerate(themes)]
        texts = [ticket.result(_PATIENCE).text for ticket in tickets]
    finally:
        engine.close()
    form = forms.named(themes[0].form)
    language = themes[0].language
    shares: dict[str, float] = {
        c.kind: fmean(c.judge(text).score == 1 for text in texts) for c in form.checks
    }
    shares["in_form"] = fmean(check(form, text, language).score == 1 for text in texts)
    return shares, texts


def _request(poem: Poem, seed: int, forms: Catalogue) -> WritingRequest:
    form = forms.named(poem.form)
    return WritingRequest(
        messages=conversation(forms, (poem.form, poem.theme, poem.language)),
        seed=seed,
        max_new_tokens=form.max_new_tokens,
        sampling=form.sampled(Sampling()),
        stop_after_lines=form.lines,
    )
