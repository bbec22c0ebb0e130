"""Choose what a candidate learns from: ratings become labelled, weighted, split examples. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean

from feedback.conversation import FOLLOW_UPS
from feedback.records import RatedCompletion

Asked = tuple[str, str, str]  # Form, theme and language.


@dataclass(frozen=True, slots=True)
class Selection:
    """Which ratings count, and how much."""

    threshold: float = 0.25  # A mean rating this far from 0 makes an example; nearer to 0 none.
    reader_share: float = 0.25  # Of the weight, at most, by one reader, once 2 / reader_share readers rate.
    prompt_weight: float = 3.0  # Of one prompt's pieces together, in pieces of full weight.
    heldout_buckets: int = 150  # Of 1000: prompts that are only ever judged on.


@dataclass(frozen=True, slots=True)
class Minimums:
    """Below these there is nothing to learn yet."""

    liked: int = 30  # Pieces to train on.
    liked_heldout: int = 3  # Pieces to judge on.
    new_ratings: int = 20  # Since the last run that came to a verdict.


@dataclass(frozen=True, slots=True)
class Example:
    completion_id: int
    form: str
    theme: str
    language: str
    text: str
    text_sha256: str
    liked: bool
    weight: float
    split: str  # "train" or "heldout".
    readers: frozenset[int]

    @property
    def asked(self) -> Asked:
        return (self.form, self.theme, self.language)


def learnable(rows: Iterable[RatedCompletion]) -> tuple[list[RatedCompletion], dict[str, int]]:
    """What may be learned from, and how many completions are left out, by reason.

    A follow-up answers a piece and an instruction; trained on as the answer to its form and theme alone,
    it would teach what nobody asked for.
    """
    kept, left_out = [], set()
    for row in rows:
        if row.kind in FOLLOW_UPS:
            left_out.add(row.completion_id)
        else:
            kept.append(row)
    return kept, {"follow_up": len(left_out)} if left_out else {}


def examples_from(rows: Iterable[RatedCompletion], selection: Selection) -> list[Example]:
    """Labelled examples, by completion. The same rows give the same examples in any order."""
    by_text: dict[str, list[RatedCompletion]] = defaultdict(list)
    kept, _ = learnable(rows)
    for row in sorted(kept, key=lambda row: (row.completion_id, row.reader_id)):
        by_text[row.text_sha256].append(row)
    judged = (_judged(copies, selection) for copies in by_text.values())
    examples = sorted((e for e in judged if e is not None), key=lambda example: example.completion_id)
    return _capped(examples, selection)


def _judged(copies: Sequence[RatedCompletion], selection: Selection) -> Example | None:
    """One text by the mean of its readers, who count once each however many copies they rated."""
    by_reader: dict[int, list[float]] = defaultdict(list)
    for row in copies:
        by_reader[row.reader_id].append(row.value)
    value = fmean(fmean(values) for values in by_reader.values())
    if abs(value) < selection.threshold:
        return None
    # A text that was also written for a held-out prompt must not be trained on.
    kept = min(copies, key=lambda row: (row.split_bucket >= selection.heldout_buckets, row.completion_id))
    return Example(
        completion_id=kept.completion_id,
        form=kept.form,
        theme=kept.theme,
        language=kept.language,
        text=kept.text,
        text_sha256=kept.text_sha256,
        liked=value > 0,
        weight=min(abs(value), 1.0),
        split="heldout" if kept.split_bucket < selection.heldout_buckets else "train",
        readers=frozenset(by_reader),
    )


def _capped(examples: Sequence[Example], selection: Selection) -> list[Example]:
    """No prompt and no reader outweighs the others, among the liked and the disliked of each split."""
    groups: dict[tuple[str, bool], list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.split, example.liked].append(example)
    capped = [
        example
        for group in groups.values()
        for example in cap_readers(cap_prompts(group, selection.prompt_weight), selection.reader_share)
    ]
    return sorted(capped, key=lambda example: example.completion_id)


def cap_prompts(examples: Sequence[Example], most: float) -> list[Example]:
    """Scale the pieces of each prompt down to `most` together."""
    totals: dict[Asked, float] = defaultdict(float)
    for example in examples:
        totals[_normal(example.asked)] += example.weight
    return [_scaled(e, min(1.0, most / totals[_normal(e.asked)])) for e in examples]


def cap_readers(examples: Sequence[Example], share: float) -> list[Example]:
    """Scale each reader's part down to `share` of what remains. A piece belongs evenly to its readers.

    Few readers are left alone: to even them out would stake the run on the handful of pieces of the quietest.
    """
    totals: dict[int, float] = defaultdict(float)
    for example in examples:
        for reader in sorted(example.readers):
            totals[reader] += example.weight / len(example.readers)
    if len(totals) * share < 2:
        return list(examples)
    limit = _limit(sorted(totals.values(), reverse=True), share)
    factors = {reader: min(1.0, limit / total) for reader, total in totals.items()}
    return [_scaled(e, fmean(factors[reader] for reader in sorted(e.readers))) for e in examples]


def _limit(totals: Sequence[float], share: float) -> float:
    """The most one may keep, so that nobody keeps more than `share` of all that is kept."""
    for capped, total in enumerate(totals):
        limit = share * sum(totals[capped:]) / (1 - share * capped)
        if total <= limit:
            return limit
    raise AssertionError("with two readers per share, one always fits")


def _scaled(example: Example, factor: float) -> Example:
    return replace(example, weight=round(example.weight * factor, 6))


def _normal(asked: Asked) -> Asked:
    form, theme, language = asked
    return (form, " ".join(theme.casefold().split()), language)


def new_ratings(rows: Iterable[RatedCompletion], since: datetime | None) -> int:
    return sum(1 for row in rows if since is None or row.rated_at > since)


def enough(examples: Sequence[Example], fresh: int, minimums: Minimums) -> list[str]:
    """Why there is too little to learn from; empty when there is enough."""
    found = Counter((example.split, example.liked) for example in examples)
    wanted: list[tuple[int, int, Callable[[int], str]]] = [
        (fresh, minimums.new_ratings, lambda n: f"{n} new ratings since the last run"),
        (found["train", True], minimums.liked, lambda n: f"{n} liked pieces to learn from"),
        (found["heldout", True], minimums.liked_heldout, lambda n: f"{n} liked pieces to be judged on"),
    ]
    return [f"{say(have)}, {need} needed" for have, need, say in wanted if have < need]
