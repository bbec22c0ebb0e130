"""Texts that repeat an example of their form: a small model copies what it is shown, and is liked for it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from generation.forms import Form
from generation.forms.form import Example
from generation.originality import Originality, Shared, Source
from generation.originality.units import CHARACTERS, WORDS, Kind, composed, grams_of, read, units_of

# Units that nobody has in common with an example by chance: in a row, or of a whole line.
_ROW, _LINE = {WORDS: 6, CHARACTERS: 7}, {WORDS: 4, CHARACTERS: 5}

_Units = tuple[str, ...]


def copied(form: Form, theme: str, text: str, originality: Originality | None = None) -> Shared | None:
    """What the text shares with registered texts, or else with an example of its form."""
    found = originality.longest_shared(text, ignoring=theme) if originality is not None else None
    return found or repeated(form, theme, text)


def repeated(form: Form, theme: str, text: str) -> Shared | None:
    """The longest line of an example, or six words (seven characters) of it in a row, that the text has too.

    What the reader has asked for with is nobody's.
    """
    text = composed(text)
    found = [shared for kind in _ROW for shared in _in_common(form, kind, composed(theme), text)]
    return max(found, key=lambda shared: shared.length, default=None)


def _in_common(form: Form, kind: Kind, theme: str, text: str) -> Iterator[Shared]:
    shown = [(run, example) for example in form.examples for run in _runs(example, kind)]
    if not shown:
        return
    reading, own = read(text, kind), units_of(theme, kind)
    lengths = {len(run) for run, _ in shown}
    places = {gram: place for length in lengths for place, gram in grams_of(reading.units, length)}
    asked = {gram for length in lengths for _, gram in grams_of(own, length)}
    for run, example in shown:
        if run in places and run not in asked:
            spans = reading.places[places[run] :][: len(run)]
            source = Source(example.theme, "", f"examples of {form.name}")
            yield Shared(text[spans[0][0] : spans[-1][1]], len(run), kind.unit, source)


@lru_cache(maxsize=256)
def _runs(example: Example, kind: Kind) -> Sequence[_Units]:
    lines = [tuple(units_of(composed(line), kind)) for line in example.text.splitlines()]
    whole = [line for line in lines if len(line) >= _LINE[kind]]
    rows = [gram for _, gram in grams_of([unit for line in lines for unit in line], _ROW[kind])]
    return tuple(dict.fromkeys([*whole, *rows]))
