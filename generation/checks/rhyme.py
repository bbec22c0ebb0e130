"""Check of a rhyme scheme, in English and Chinese."""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from generation.checks import chinese, english
from generation.checks.counts import DECLARED
from generation.checks.finding import Finding, Language, closeness
from generation.checks.reading import han_of, lines_of, words_of

Scheme = Annotated[str, Field(pattern=r"^[A-Za-z]{2,40}$")]
Likeness = Callable[[str, str], float]  # Of two line ends: 1 rhymes, 0 does not.

REPEATED = 0.25  # Credit for the same word twice.


@dataclass(frozen=True, slots=True, config=DECLARED)
class Rhyme:
    """Lines with the same letter of `scheme` rhyme. Of several schemes, the one that fits best."""

    scheme: Scheme | Annotated[tuple[Scheme, ...], Field(min_length=1)]
    kind: Literal["rhyme"] = "rhyme"
    language: Language | None = None

    def judge(self, text: str) -> Finding:
        ends = [line_end(line) for line in lines_of(text)]
        schemes = (self.scheme,) if isinstance(self.scheme, str) else self.scheme
        return max((_by(scheme.upper(), ends) for scheme in schemes), key=lambda finding: finding.score)


def line_end(line: str) -> str:
    """The last word, or the last Chinese character; empty if there is neither."""
    return next(reversed(words_of(line)), "")


def likeness(one: str, other: str) -> float:
    if han_of(one) and han_of(other):
        return float(chinese.rhyme_of(one, other)[1])
    return english.rhyme_of(one, other) if one and other else 0.0


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


def _by(scheme: str, ends: Sequence[str]) -> Finding:
    scores, reasons = [], []
    if len(ends) != len(scheme):
        reasons.append(f"{len(ends)} lines, wanted {len(scheme)}")
    for letter in dict.fromkeys(scheme):
        places = [n for n, other in enumerate(scheme) if other == letter]
        if len(places) == 1:
            continue
        heard = rhymes_in_group([ends[n] if n < len(ends) else "" for n in places], likeness)
        scores += heard
        reasons += [_reason(n, scheme, score) for n, score in zip(places, heard, strict=True) if score < 1]
    share = closeness(len(ends), len(scheme), len(scheme))
    return Finding(share * (fmean(scores) if scores else 1.0), tuple(reasons), scheme)


def _reason(place: int, scheme: str, score: float) -> str:
    with_lines = " and ".join(str(n + 1) for n, c in enumerate(scheme) if c == scheme[place] and n != place)
    how = {0.0: "no rhyme", REPEATED: "the same word, no rhyme"}.get(score, "half a rhyme")
    return f"line {place + 1}: {how} with line {with_lines}"
