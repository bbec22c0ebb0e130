"""Read a dataset out of the store: votes first, as numbers; then the texts of what was chosen."""

import gc
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from heapq import nsmallest
from typing import Protocol

from feedback.lessons import Preferred, Rewritten, Vote, Written
from generation.originality import Corpus, Document
from generation.screening import Screen
from retrain.choosing import Choosing
from retrain.dataset import Dataset, Example, Owners, Pair
from retrain.demonstrations import as_contest, as_verdict, sha256_of_text, taken
from retrain.human_text import PASSAGES
from retrain.judging import Verdict, Voices, verdicts
from retrain.pairs import Contest, balanced, compared_texts, contests, contrasts, place_of
from retrain.replay import replay_from
from retrain.selection import Selection
from retrain.shortlist import in_order, weighed
from retrain.suite import own_prompts

_SPARE = 3  # So many times as many texts as are wanted are looked at, for some are nearly the same.


class Lessons(Protocol):
    """What the store gives; see `feedback/store/lessons.py`."""

    def votes(self, until: datetime) -> Iterable[Vote]: ...
    def preferences(self, until: datetime) -> Iterable[Preferred]: ...
    def demonstrations(self, until: datetime) -> Iterable[Rewritten]: ...
    def written(self, completion_ids: Sequence[int]) -> Mapping[int, Written]: ...


@contextmanager
def _without_collections() -> Iterator[None]:
    """A million verdicts hold no cycles, and the collector would look through all of them again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@_without_collections()
def build(
    lessons: Lessons,
    selection: Selection,
    until: datetime,
    corpora: Iterable[tuple[Corpus, Document]] = (),
    screen: Screen | None = None,
) -> Dataset:
    """The same rows and corpora give the same dataset on any machine, in whatever order they come.

    `screen` refuses texts, whoever has written them.
    """
    left_out: Counter[str] = Counter()
    judged = list(verdicts(lessons.votes(until), selection, left_out))
    own = taken(lessons.demonstrations(until), left_out)
    compared = compared_texts(
        contests(lessons.preferences(until), selection, left_out),
        nsmallest(_SPARE * selection.most_pairs, contrasts(judged), key=place_of),
        [as_contest(rewritten, selection) for rewritten in own.values()],
    )
    judged += [as_verdict(rewritten, selection) for rewritten in own.values()]
    choosing = Choosing(lessons.written, own, selection, left_out, screen)
    ranked = _ranked(compared, selection)
    heldout = [contest for contest in ranked if contest.heldout]
    choosing.guard(heldout, own_prompts(selection.heldout_buckets))
    examples = _examples(choosing, judged, selection)
    pairs = _pairs(choosing, ranked, selection)
    reasons = {reason: count for reason, count in sorted(left_out.items()) if count}
    return with_replay(Dataset(tuple(examples), tuple(pairs), (), reasons), corpora, selection)


def with_replay(
    dataset: Dataset,
    corpora: Iterable[tuple[Corpus, Document]],
    selection: Selection,
    rehearsed: int = 0,
    known: Container[str] | None = None,
    judged_on: Iterable[str] = PASSAGES,
) -> Dataset:
    """With as many texts by people as their share asks for; or those that are `known` by their hashes.

    `rehearsed`: pieces that are learned from beside the dataset's. `judged_on`: texts that must not be.
    """
    trained = [example for example in dataset.examples if example.split == "train"]
    own = sum(example.kind == "demonstration" for example in trained)
    replay = replay_from(corpora, len(trained) - own + rehearsed, own, selection, known, judged_on)
    return replace(dataset, replay=tuple(replay))


def _examples(choosing: Choosing, judged: Sequence[Verdict], selection: Selection) -> list[Example]:
    """Weighed once to choose, and once more so that the caps hold among the chosen."""
    ranked = [one.verdict for one in in_order(weighed(judged, selection), _SPARE * selection.most_texts)]
    choosing.left_out["more than wanted"] += len(judged) - len(ranked)
    texts = {verdict.key: (verdict, written) for verdict, written in choosing.texts(ranked)}
    chosen = weighed([verdict for verdict, _ in texts.values()], selection)
    examples = [
        _example(one.verdict, texts[one.verdict.key][1], one.weight, _owners(one.voices, selection))
        for one in chosen
    ]
    return sorted(examples, key=lambda example: (example.demonstration_id or 0, example.completion_id))


def _example(verdict: Verdict, written: Written, weight: float, owners: Owners) -> Example:
    return Example(
        completion_id=verdict.completion_id,
        form=written.form,
        theme=written.theme,
        language=written.language,
        text=written.text,
        text_sha256=sha256_of_text(written.text),
        liked=verdict.liked,
        weight=round(weight, 6),
        split=_split(verdict.heldout),
        owners=owners,
        kind="rated" if verdict.demonstration_id is None else "demonstration",
        model_version=verdict.model_version,
        demonstration_id=verdict.demonstration_id,
    )


def _ranked(compared: Sequence[Contest], selection: Selection) -> list[Contest]:
    """Held out first, then the weightiest."""
    weights = balanced(compared, selection)
    in_order = sorted(weights, key=lambda one: (not one[0].heldout, -round(one[1], 6), one[0].key))
    return [contest for contest, _, _ in in_order]


def _pairs(choosing: Choosing, ranked: Sequence[Contest], selection: Selection) -> list[Pair]:
    told = {contest.key: (contest, better, worse) for contest, better, worse in choosing.pairs(ranked)}
    pairs = []
    for contest, weight, voices in balanced([contest for contest, _, _ in told.values()], selection):
        _, better, worse = told[contest.key]
        pairs.append(_pair(contest, better, worse, weight, _owners(voices, selection)))
    return sorted(pairs, key=lambda pair: (pair.chosen_id, pair.rejected_id, pair.chosen))


def _pair(contest: Contest, better: Written, worse: str, weight: float, owners: Owners) -> Pair:
    return Pair(
        chosen_id=contest.chosen_id,
        rejected_id=contest.rejected_id,
        form=better.form,
        theme=better.theme,
        language=better.language,
        chosen=better.text,
        rejected=worse,
        weight=round(weight, 6),
        split=_split(contest.heldout),
        owners=owners,
        kind=contest.kind,
        demonstration_id=contest.demonstration_id,
    )


def _owners(voices: Voices, selection: Selection) -> Owners:
    return tuple(((reader, selection.share_of(role)), part) for (reader, role), part in voices)


def _split(heldout: bool) -> str:
    return "heldout" if heldout else "train"
