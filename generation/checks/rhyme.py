"""Check of a rhyme scheme, in English and Chinese."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from generation.checks import chinese, english
from generation.checks.counts import DECLARED
from generation.checks.finding import Finding, Language, closeness
from generation.checks.free_rhyme import Likeness, scheme_heard
from generation.checks.numerals import spelled_out
from generation.checks.reading import han_of, lines_of, words_of

Scheme = Annotated[str, Field(pattern=r"^[A-Za-z]{2,40}$")]

REPEATED = 0.25  # Credit for the same word twice.

# Unstressed after the word that rhymes: "show it" with "bestow it".
_ENCLITIC = frozenset(["it", "me", "thee", "you", "him", "her", "them", "us"])


@dataclass(frozen=True, slots=True, config=DECLARED)
class Rhyme:
    """Lines with the same letter of `scheme` rhyme. Of several schemes, the one that fits best."""

    scheme: Scheme | Annotated[tuple[Scheme, ...], Field(min_length=1)]
    kind: Literal["rhyme"] = "rhyme"
    halves: Annotated[int, Field(ge=0, le=100)] = 0  # Lines that may rhyme by half.
    sounds: Annotated[int, Field(ge=0, le=26)] = 0  # Of all lines, that may rhyme in another order.
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        ends = [line_end(line) for line in lines_of(text)]
        schemes = (self.scheme,) if isinstance(self.scheme, str) else self.scheme
        best = max((self._by(scheme.upper(), ends) for scheme in schemes), key=lambda finding: finding.score)
        if best.reasons and self.sounds and len(ends) in map(len, schemes):
            heard = scheme_heard(ends, likeness, self.sounds)
            return Finding(1.0, (), heard) if heard else best
        return best

    def _by(self, scheme: str, ends: Sequence[str]) -> Finding:
        reasons = [] if len(ends) == len(scheme) else [f"{len(ends)} lines, wanted {len(scheme)}"]
        heard = self._forgiven(dict(_heard(scheme, ends)))
        reasons += [_reason(n, scheme, score) for n, score in heard.items() if score < 1]
        share = closeness(len(ends), len(scheme), len(scheme))
        return Finding(share * (fmean(heard.values()) if heard else 1.0), tuple(reasons), scheme)

    def _forgiven(self, heard: Mapping[int, float]) -> dict[int, float]:
        half = [n for n, score in heard.items() if score == english.SLANT][: self.halves]
        return {n: 1.0 if n in half else score for n, score in heard.items()}


def line_end(line: str) -> str:
    """The last word, the last two if the last is hardly heard, or the last Chinese character; or nothing."""
    words = words_of(spelled_out(line))
    return " ".join(words[-2:] if words[-1:] and words[-1] in _ENCLITIC else words[-1:])


def likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if han_of(one) and han_of(other):
        return float(chinese.rhyme_of(one, other) > 0)
    *before, last = one.split()
    *earlier, final = other.split()
    if last != final:
        return english.rhyme_of(last, final)
    return max(REPEATED, english.rhyme_of(before[0], earlier[0])) if before and earlier else REPEATED


def rhymes_in_group(ends: Sequence[str], alike: Likeness) -> list[float]:
    """How well each of two or more ends rhymes with the one that most others rhyme with.

    A word twice is no rhyme, unless another word rhymes with it too, as in Lear's limericks.
    """

    def around(anchor: int) -> list[float]:
        word = ends[anchor]
        others = [alike(word, end) if word and end and end != word else 0.0 for end in ends]
        again = max(others) if max(others) == 1 else REPEATED
        heard = [again if end == word else score for end, score in zip(ends, others, strict=True)]
        heard[anchor] = max(score for n, score in enumerate(heard) if n != anchor)
        return heard if word else others

    return max((around(anchor) for anchor in range(len(ends))), key=sum)


def _heard(scheme: str, ends: Sequence[str]) -> Iterator[tuple[int, float]]:
    """How well each line rhymes that has the letter of another."""
    for letter in dict.fromkeys(scheme):
        places = [n for n, other in enumerate(scheme) if other == letter]
        if len(places) > 1:
            said = [ends[n] if n < len(ends) else "" for n in places]
            yield from zip(places, rhymes_in_group(said, likeness), strict=True)


def _reason(place: int, scheme: str, score: float) -> str:
    with_lines = " and ".join(str(n + 1) for n, c in enumerate(scheme) if c == scheme[place] and n != place)
    how = {0.0: "no rhyme", REPEATED: "the same word, no rhyme"}.get(score, "half a rhyme")
    return f"line {place + 1}: {how} with line {with_lines}"
