"""Texts that repeat an example of their form: a small model copies what it is shown, and is liked for it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from generation.forms import Form
from generation.forms.form import Example
from generation.originality import Originality, Shared, Source
from generation.originality.units import CHARACTERS, WORDS, Kind, composed, units_of

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
    found = [
        Shared(" ".join(run), len(run), kind.unit, Source(example.theme, "", f"examples of {form.name}"))
        for kind in _ROW
        for example in form.examples
        for run in _common(_runs(example, kind), kind, theme, text)
    ]
    return max(found, key=lambda shared: shared.length, default=None)


def _common(runs: frozenset[_Units], kind: Kind, theme: str, text: str) -> Iterator[_Units]:
    if not runs:
        return
    units, own = units_of(composed(text), kind), units_of(composed(theme), kind)
    for length in {len(run) for run in runs}:
        yield from runs & (_rows(units, length) - _rows(own, length))


@lru_cache(maxsize=256)
def _runs(example: Example, kind: Kind) -> frozenset[_Units]:
    lines = [tuple(units_of(composed(line), kind)) for line in example.text.splitlines()]
    whole = {line for line in lines if len(line) >= _LINE[kind]}
    return frozenset(whole | _rows([unit for line in lines for unit in line], _ROW[kind]))


def _rows(units: Sequence[str], length: int) -> set[_Units]:
    return {tuple(units[start : start + length]) for start in range(len(units) - length + 1)}
