"""Pairs of a better and a worse text for one request: chosen, rated apart, or rewritten by a reader."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from feedback.conversation import FOLLOW_UPS
from feedback.lessons import Preferred
from retrain.judging import Verdict, Voices, Who, certainty, voice
from retrain.selection import Selection
from retrain.subjects import subject
from retrain.weighting import cap_totals, capped


@dataclass(frozen=True, slots=True)
class Contest:
    """Two completions of one prompt, and how sure it is that the first is the better one."""

    chosen_id: int
    rejected_id: int
    subject: int
    heldout: bool
    weight: float
    voices: Voices
    kind: str = "preference"
    demonstration_id: int | None = None  # Of the chosen text, if a reader wrote it.

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.chosen_id, self.rejected_id, self.demonstration_id or 0)


def contests(preferred: Iterable[Preferred], selection: Selection, left_out: Counter[str]) -> list[Contest]:
    """What readers chose over what, where they agree."""
    by_two: dict[tuple[int, int], list[Preferred]] = defaultdict(list)
    for choice in preferred:
        if choice.kind in FOLLOW_UPS:
            left_out["choice in a follow-up"] += 1
        else:
            low, high = sorted((choice.winner_id, choice.loser_id))
            by_two[low, high].append(choice)
    settled = (_settled(two, choices, selection) for two, choices in sorted(by_two.items()))
    found = [contest for contest in settled if contest is not None]
    left_out["readers chose differently"] += len(by_two) - len(found)
    return found


def contrasts(verdicts: Sequence[Verdict]) -> Iterator[Contest]:
    """Of the texts of one prompt, the surest liked one over the surest disliked one."""
    liked, disliked = (_surest(verdicts, liked=side) for side in (True, False))
    for prompt in sorted(liked.keys() & disliked.keys()):
        better, worse = liked[prompt], disliked[prompt]
        if better.heldout == worse.heldout:
            yield _contrast(better, worse)


def place_of(contest: Contest) -> tuple[bool, float, tuple[int, int, int]]:
    """Held out first, then the surest."""
    return (not contest.heldout, -round(contest.weight, 6), contest.key)


def compared_texts(
    chosen: Iterable[Contest], rated_apart: Iterable[Contest], rewritten: Iterable[Contest]
) -> list[Contest]:
    """All of them; what readers chose says more than what they rated apart, in either direction."""
    found = list(chosen)
    known = {frozenset((contest.chosen_id, contest.rejected_id)) for contest in found}
    found += (c for c in rated_apart if frozenset((c.chosen_id, c.rejected_id)) not in known)
    return [*found, *rewritten]


def balanced(found: Sequence[Contest], selection: Selection) -> list[tuple[Contest, float, Voices]]:
    """With their weights, and whose these are: no request and no reader outweighs the others."""
    weights = [contest.weight for contest in found]
    weights = cap_totals(weights, [contest.subject for contest in found], selection.prompt_weight)
    voices = [contest.voices for contest in found]
    shared = capped(weights, voices, lambda who: selection.share_of(who[1]))
    return [(contest, weight, tuple(own)) for contest, (weight, own) in zip(found, shared, strict=True)]


def _settled(two: tuple[int, int], choices: Sequence[Preferred], selection: Selection) -> Contest | None:
    mass = {True: 0.0, False: 0.0}  # Of the lower id, and of the higher one.
    for choice in choices:
        mass[choice.winner_id == two[0]] += selection.weight_of(choice.role)
    first = mass[True] > mass[False]
    whole = mass[True] + mass[False]
    share = mass[first] / whole
    sure = certainty(share, whole, selection.z)
    if 2 * share - 1 < selection.threshold or sure < selection.certainty:
        return None
    chosen, rejected = two if first else two[::-1]
    asked = choices[0]
    agree = [choice for choice in choices if choice.winner_id == chosen]
    return Contest(
        chosen,
        rejected,
        subject(asked.form, asked.theme, asked.language),
        asked.split_bucket < selection.heldout_buckets,
        sure,
        tuple(
            voice(choice.reader_id, choice.role, selection.weight_of(choice.role) / mass[first])
            for choice in sorted(agree, key=lambda choice: choice.reader_id)
        ),
    )


def _surest(verdicts: Iterable[Verdict], *, liked: bool) -> dict[int, Verdict]:
    """Of each prompt's texts on one side; of equally sure ones the first that was written."""
    found: dict[int, Verdict] = {}
    for verdict in verdicts:
        if verdict.liked != liked:
            continue
        best = found.get(verdict.prompt_id)
        if best is None or _before(verdict) < _before(best):
            found[verdict.prompt_id] = verdict
    return found


def _before(verdict: Verdict) -> tuple[float, int]:
    return -verdict.certainty, verdict.completion_id


def _contrast(liked: Verdict, disliked: Verdict) -> Contest:
    """It belongs half to those who liked the one, half to those who disliked the other."""
    halves: dict[Who, list[float]] = defaultdict(list)
    for verdict in (liked, disliked):
        for who, part in verdict.voices:
            halves[who].append(part / 2)
    return Contest(
        liked.completion_id,
        disliked.completion_id,
        liked.subject,
        liked.heldout,
        liked.certainty * disliked.certainty,
        tuple(voice(*who, fsum(parts)) for who, parts in sorted(halves.items())),
        kind="contrast",
    )
