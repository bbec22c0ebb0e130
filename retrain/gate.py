"""Decide whether a candidate takes the champion's place: pure rules, each with its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from feedback.records import Figure

Figures = Mapping[str, Figure]  # By metric; a metric that was not measured is not there.


@dataclass(frozen=True, slots=True)
class Margins:
    """How far a candidate may fall behind the champion, and how far it must be ahead."""

    perplexity: float = 1.05  # Times the champion's, at most.
    distinct_2: float = 0.90  # Times the champion's, at least.
    repetition: float = 0.05  # Above the champion's, at most.
    form: float = 0.10  # Share of pieces in form, below the champion's, at most.
    score: float = 0.05  # Mean score above the champion's, at least.
    pieces: int = 12  # Written pieces that the figures must rest on.


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)

    @property
    def objections(self) -> list[str]:
        return [finding.sentence for finding in self.findings if not finding.passed]


def judge(candidate: Figures, champion: Figures, margins: Margins) -> Verdict:
    """Pass a candidate that readers should like more and that has forgotten nothing."""
    broken = [*_broken("candidate", candidate), *_broken("champion", champion)]
    if broken:  # Nothing can be compared with what is not a number.
        return Verdict(tuple(broken))
    pair = _Pair(candidate, champion)
    return Verdict((_measured_enough(candidate, margins), *_kept(pair, margins), *_better(pair, margins)))


def _broken(side: str, figures: Figures) -> list[Finding]:
    return [
        Finding(f"{figure.metric} is a number", False, f"{figure.metric} of the {side} is {figure.value}")
        for figure in figures.values()
        if not isfinite(figure.value)
    ]


def _measured_enough(candidate: Figures, margins: Margins) -> Finding:
    written = candidate["distinct_2"].n if "distinct_2" in candidate else 0
    sentence = f"judged on {written} written pieces, {margins.pieces} needed"
    return Finding("enough pieces were written", written >= margins.pieces, sentence)


def _kept(pair: "_Pair", margins: Margins) -> list[Finding]:
    """What must not be lost on the way."""
    return [
        pair.at_most("perplexity", times=margins.perplexity),
        pair.at_least("distinct_2", times=margins.distinct_2),
        pair.at_most("repetition", plus=margins.repetition),
        pair.at_least("form", plus=-margins.form),
    ]


def _better(pair: "_Pair", margins: Margins) -> list[Finding]:
    """What must be gained. A reader's score says it best; without one, what real readers liked must."""
    if pair.measured("score"):
        return [pair.at_least("score", plus=margins.score)]
    if not pair.measured("perplexity"):
        return [Finding("better than the champion", False, "nothing measured can show that it is better")]
    # A model that only grew more sure of itself finds what readers disliked likelier as well.
    return [pair.at_most("perplexity", times=1.0, strictly=True), pair.at_least("contrast")]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Candidate and champion, compared on one metric at a time."""

    candidate: Figures
    champion: Figures

    def measured(self, metric: str) -> bool:
        return metric in self.candidate and metric in self.champion

    def at_most(self, metric: str, times: float = 1.0, plus: float = 0.0, strictly: bool = False) -> Finding:
        return self._compared(metric, times, plus, "below" if strictly else "at most")

    def at_least(self, metric: str, times: float = 1.0, plus: float = 0.0) -> Finding:
        return self._compared(metric, times, plus, "at least")

    def _compared(self, metric: str, times: float, plus: float, demand: str) -> Finding:
        ours, theirs = self.candidate.get(metric), self.champion.get(metric)
        if ours is None or theirs is None:
            both = ours is None and theirs is None
            return Finding(
                f"{metric} measured", both, f"{metric} was not measured{'' if both else ' on both'}"
            )
        bound = theirs.value * times + plus
        passed = {
            "below": ours.value < bound,
            "at most": ours.value <= bound,
            "at least": ours.value >= bound,
        }[demand]
        figures = f"{metric} {ours.value:.3f} against {theirs.value:.3f} of the champion"
        return Finding(f"{metric} {demand}", passed, f"{figures}, {demand} {bound:.3f} wanted (n = {ours.n})")
