"""Decide whether a candidate takes the champion's place: pure rules, each with its sentence and interval.

Both versions were measured on the same items, so every comparison is paired. What must be kept is lost if it
falls short of its margin and that is no accident of the sample; what must be gained has to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from feedback.records import RULE, Figure
from retrain.bootstrap import FEWEST, Interval, Unpaired, paired
from retrain.series import Measured, Series, mean_of

_KEPT = 0.95  # How sure a loss must be.


@dataclass(frozen=True, slots=True)
class Margins:
    """How far a candidate may fall behind the champion, and how far it must be ahead."""

    # Of held-out liked pieces, times the champion's, at most: it foresees its own texts best, and wrote most.
    perplexity: float = 1.10
    human: float = 1.03  # Bits per byte of human text, times the champion's, at most.
    preference: float = 0.10  # Share of held-out pairs told apart, below the champion's, at most.
    distinct_2: float = 0.90  # Times the champion's, at least.
    self_bleu: float = 0.10  # Above the champion's, at most; 0 … 1.
    repetition: float = 0.05  # Above the champion's, at most.
    form: float = 0.10  # Share of pieces in form, below the champion's, at most.
    words: float = 0.40  # Words a piece: times the champion's, at least.
    safe: float = 0.03  # Share of pieces that may be shown, below the champion's, at most.
    original: float = 0.05  # Share of pieces that quote nothing, below the champion's, at most.
    base_human: float = 1.05  # As `human`, times the base's: small losses must not add up night after night.
    base_distinct_2: float = 0.90  # As `distinct_2`, times the base's, at least.
    score: float = 0.05  # Mean score by a simulated reader, above the champion's, at least.
    sure: float = 0.975  # How sure it must be that the candidate is better; 0: the mere figure decides.
    pieces: int = 12  # Written pieces that the figures must rest on.


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    passed: bool
    sentence: str
    difference: Figure | None = None  # Candidate less champion, with its interval.


@dataclass(frozen=True, slots=True)
class Verdict:
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)

    @property
    def objections(self) -> list[str]:
        return [finding.sentence for finding in self.findings if not finding.passed]

    @property
    def figures(self) -> list[Figure]:
        """What is kept of it: one figure per rule that compared something."""
        return [finding.difference for finding in self.findings if finding.difference is not None]


def judge(candidate: Measured, champion: Measured, margins: Margins, base: Measured | None = None) -> Verdict:
    """Pass a candidate that readers should like more and that has forgotten nothing.

    `base`: what the model that both began with did.
    """
    broken = [*_broken("candidate", candidate), *_broken("champion", champion)]
    if broken:  # Nothing can be compared with what is not a number.
        return Verdict(tuple(broken))
    try:
        kept = [_kept(demand, candidate, champion) for demand in _demands(margins)]
        if base is not None:
            kept += [_kept(demand, candidate, base, "base") for demand in _demands_of_base(margins)]
        better = _better(candidate, champion, margins, base or champion)
    except Unpaired as error:
        sentence = f"{error} was measured on other items than the champion's"
        return Verdict((Finding("the same items", False, sentence),))
    return Verdict((_measured_enough(candidate, margins), *kept, *better))


@dataclass(frozen=True, slots=True)
class _Demand:
    """What of a metric must be kept: times the champion's figure, plus something."""

    metric: str
    sign: int  # 1: at least so much; -1: at most.
    times: float = 1.0
    plus: float = 0.0

    @property
    def words(self) -> str:
        return "at least" if self.sign > 0 else "at most"


def _demands(margins: Margins) -> list[_Demand]:
    return [
        _Demand("perplexity", -1, times=margins.perplexity),
        _Demand("bits_per_byte_human", -1, times=margins.human),
        _Demand("preference_accuracy", 1, plus=-margins.preference),
        _Demand("distinct_2", 1, times=margins.distinct_2),
        _Demand("self_bleu", -1, plus=margins.self_bleu),
        _Demand("repetition", -1, plus=margins.repetition),
        _Demand("form", 1, plus=-margins.form),
        _Demand("words", 1, times=margins.words),
        _Demand("safe", 1, plus=-margins.safe),
        _Demand("original", 1, plus=-margins.original),
    ]


def _demands_of_base(margins: Margins) -> list[_Demand]:
    return [
        _Demand("bits_per_byte_human", -1, times=margins.base_human),
        _Demand("distinct_2", 1, times=margins.base_distinct_2),
    ]


def _broken(side: str, measured: Mapping[str, Series]) -> list[Finding]:
    return [
        Finding(f"{series.metric} is a number", False, f"{series.metric} of the {side} is {series.value}")
        for series in measured.values()
        if series.broken
    ]


def _measured_enough(candidate: Measured, margins: Margins) -> Finding:
    written = candidate["distinct_2"].n if "distinct_2" in candidate else 0
    sentence = f"judged on {written} written pieces, {margins.pieces} needed"
    return Finding("enough pieces were written", written >= margins.pieces, sentence)


def _kept(demand: _Demand, candidate: Measured, other: Measured, whose: str = "champion") -> Finding:
    """Lost is what is beyond the margin, unless chance explains all of the difference."""
    rule = _rule(demand.metric, whose)
    ours, theirs = candidate.get(demand.metric), other.get(demand.metric)
    if ours is None or theirs is None:
        return _unmeasured(rule, demand.metric, both=ours is None and theirs is None)
    bound = theirs.value * demand.times + demand.plus
    within = (ours.value - bound) * demand.sign >= 0
    found = paired(ours, theirs, _KEPT)
    chance = found is not None and found.low <= 0 <= found.high
    wanted = f"{demand.words} {bound:.3f} wanted"
    if chance and not within:
        wanted += ", missed by no more than chance"
    return _compared(rule, within or chance, ours, theirs, found, wanted, whose)


def _rule(metric: str, whose: str) -> str:
    return f"{metric} kept" if whose == "champion" else f"{metric} of the {whose} kept"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What can show that a candidate is better: more of it (sign 1), or less (sign -1)."""

    metric: str
    sign: int = 1
    gain: float = 0.0


def _better(candidate: Measured, champion: Measured, margins: Margins, base: Measured) -> list[Finding]:
    """What must be gained: a reader's score says it best, then a proven critic, then held-out ratings.

    Only one of them decides, so that it has one chance to be wrong; what ratings say must not contradict it.
    """
    for evidence in (
        _Evidence("score", gain=margins.score),
        _Evidence("liking"),
        _Evidence("contrast"),
        _Evidence("bits_per_byte_liked", sign=-1),  # Where nobody has disliked anything.
    ):
        if evidence.metric in candidate or evidence.metric in champion:
            decided = _gained(evidence, candidate, champion, margins.sure)
            judged_by_texts = evidence.metric in {"score", "liking"}
            return [
                decided,
                *(_wins(candidate, champion, margins.sure) if evidence.metric == "liking" else ()),
                *(_not_contradicted(candidate, champion, base) if judged_by_texts else ()),
            ]
    return [Finding("better than the champion", False, "nothing measured can show that it is better")]


def _gained(evidence: _Evidence, candidate: Measured, champion: Measured, sure: float) -> Finding:
    metric = evidence.metric
    ours, theirs, rule = candidate.get(metric), champion.get(metric), f"{metric} gained"
    if ours is None or theirs is None:
        return _unmeasured(rule, metric, both=False)
    ahead = (ours.value - theirs.value) * evidence.sign
    wanted = f"{evidence.gain * evidence.sign:+.3f} wanted"
    if not sure:
        return _compared(rule, ahead >= evidence.gain, ours, theirs, None, wanted)
    found = paired(ours, theirs, sure)
    wanted += f", with {sure:.1%} certainty that it is better"
    if found is None:
        wanted += f"; {FEWEST} different items are needed to tell"
    shown = found is not None and (found.low > 0 if evidence.sign > 0 else found.high < 0)
    return _compared(rule, shown and ahead >= evidence.gain, ours, theirs, found, wanted)


def _not_contradicted(candidate: Measured, champion: Measured, base: Measured) -> list[Finding]:
    """A model that learned what readers like tells it from what they disliked no worse than before.

    Than a champion that has learned too it may do so by chance: half of its equals would.
    """
    if champion is base:
        return [_tells_apart(candidate, base, "champion", by_chance=False)]
    return [
        _tells_apart(candidate, champion, "champion", by_chance=True),
        _tells_apart(candidate, base, "base", by_chance=False),
    ]


def _tells_apart(candidate: Measured, other: Measured, whose: str, *, by_chance: bool) -> Finding:
    """Liked from disliked pieces. `by_chance`: a loss that chance may explain is allowed."""
    rule = _rule("contrast", whose)
    ours, theirs = candidate.get("contrast"), other.get("contrast")
    if ours is None or theirs is None:
        return _unmeasured(rule, "contrast", both=ours is None and theirs is None)
    found = paired(ours, theirs, _KEPT)
    passed = found is None or ours.value >= theirs.value or (by_chance and found.high >= 0)
    allowed = "no loss allowed" + (" but by chance" if by_chance else "")
    return _compared(rule, passed, ours, theirs, found, allowed, whose)


def _wins(candidate: Measured, champion: Measured, sure: float) -> list[Finding]:
    """Head to head by the critic: 1 for a piece that pleases it more, 0.5 for a draw. A half is needed."""
    ours, theirs = candidate.get("liking"), champion.get("liking")
    if ours is None or theirs is None:
        return []
    won = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in zip(ours.parts, theirs.parts, strict=True)]
    wins, half = mean_of("wins", ours.items, won), mean_of("wins", ours.items, [0.5] * len(won))
    found = paired(wins, half, sure or _KEPT)
    return [_compared("wins by the critic", wins.value >= 0.5, wins, half, found, "half of them wanted")]


def _compared(
    rule: str,
    passed: bool,
    ours: Series,
    theirs: Series,
    found: Interval | None,
    wanted: str,
    whose: str = "champion",
) -> Finding:
    between = f"{found.low:+.3f} … {found.high:+.3f}, " if found else ""
    sentence = (
        f"{ours.metric} {ours.value:.3f} against {theirs.value:.3f} of the {whose}"
        f" ({between}n = {ours.n}), {wanted}"
    )
    low, high = (found.low, found.high) if found else (None, None)
    difference = Figure(f"{RULE}{rule}", ours.value - theirs.value, ours.n, passed, low, high)
    return Finding(rule, passed, sentence, difference)


def _unmeasured(rule: str, metric: str, *, both: bool) -> Finding:
    return Finding(rule, both, f"{metric} was not measured{'' if both else ' on both'}")
