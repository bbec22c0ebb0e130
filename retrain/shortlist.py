"""Weigh what readers agree about, and choose what is worth reading, before any text is read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retrain.judging import Verdict
from retrain.selection import Selection
from retrain.weighting import cap_shares, cap_totals


@dataclass(frozen=True, slots=True)
class Weighed:
    verdict: Verdict
    weight: float


def weighed(verdicts: Iterable[Verdict], selection: Selection) -> list[Weighed]:
    """Among the liked and the disliked of each side of the split, nobody outweighs the others."""
    groups: dict[tuple[bool, bool], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[not verdict.heldout, not verdict.liked].append(verdict)
    return [
        Weighed(verdict, weight)
        for _, group in sorted(groups.items())
        for verdict, weight in zip(group, _weights(group, selection), strict=True)
    ]


def _weights(group: Sequence[Verdict], selection: Selection) -> list[float]:
    """The cap on readers comes last, so that it holds exactly."""
    weights = [verdict.certainty for verdict in group]
    weights = cap_totals(weights, [verdict.subject for verdict in group], selection.prompt_weight)
    versions = [((v.model_version, 1.0),) if v.model_version else () for v in group]
    weights = cap_shares(weights, versions, lambda _: selection.version_share)
    roles = {reader: role for verdict in group for reader, role, _ in verdict.voices}
    voices = [[(reader, part) for reader, _, part in verdict.voices] for verdict in group]
    return cap_shares(weights, voices, lambda reader: selection.share_of(roles[reader]))


def in_order(found: Iterable[Weighed]) -> list[Weighed]:
    """What to keep of what is nearly the same, first: held out, liked, weighty; then as good as random."""
    return sorted(
        found,
        key=lambda one: (
            not one.verdict.heldout,
            not one.verdict.liked,
            -round(one.weight, 6),
            one.verdict.text_sha256,
            one.verdict.key,
        ),
    )
