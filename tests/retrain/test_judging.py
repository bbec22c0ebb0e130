"""When readers like a text, and how sure that is."""

from collections import Counter

import pytest

from feedback.lessons import Vote
from retrain.judging import Verdict, certainty, verdicts
from retrain.selection import Selection
from tests.retrain.rows import vote

SELECTION = Selection()


def judged(votes: list[Vote], selection: Selection = SELECTION) -> list[Verdict]:
    rows = sorted(votes, key=lambda row: row.text_sha256)
    return list(verdicts(rows, selection, Counter()))


@pytest.mark.parametrize(
    ("share", "votes", "bound"),
    [(1.0, 1, 0.5), (1.0, 3, 0.75), (1.0, 9, 0.9), (0.5, 4, 0.2764), (0.0, 5, 0.0)],
)
def test_certainty_is_the_lower_bound_of_wilsons_interval(share: float, votes: float, bound: float) -> None:
    assert certainty(share, votes, 1.0) == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "liked"),
    [
        ([1.0], True),
        ([-1.0], False),
        ([1.0, 1.0, -1.0], True),
        ([1.0, -1.0], None),
        ([1.0] * 50 + [-1.0] * 50, None),
        ([1.0] * 65 + [-1.0] * 35, True),
        ([-1.0, -1.0, -1.0, 1.0], False),
        ([0.5], True),
        ([0.25], None),
        ([-0.5], False),
        ([0.0], None),
    ],
)
def test_a_text_is_what_readers_agree_that_it_is(values: list[float], liked: bool | None) -> None:
    found = judged([vote(1, value, reader=reader) for reader, value in enumerate(values)])
    assert [verdict.liked for verdict in found] == ([] if liked is None else [liked])


def test_more_readers_are_surer() -> None:
    sure = [judged([vote(1, 1.0, reader=r) for r in range(count)])[0].certainty for count in (1, 2, 10)]
    assert sure == sorted(sure)
    assert sure[0] == 0.5


@pytest.mark.parametrize("role", ["reviewer", "operator"])
def test_a_reviewer_outvotes_two_readers_and_three_readers_outvote_a_reviewer(role: str) -> None:
    against = [vote(1, -1.0, reader=reader) for reader in range(6)]
    reviewer = vote(1, 1.0, reader=9, role=role)
    assert judged([reviewer, against[0]])[0].liked
    assert judged([reviewer, *against[:3]]) == []
    assert not judged([reviewer, *against])[0].liked


def test_sources_and_copies_of_one_reader_are_averaged() -> None:
    copies = [vote(number, 1.0, reader=1, text="Same") for number in range(1, 6)]
    assert judged([*copies, vote(6, -1.0, reader=2, text="Same")]) == []
    (verdict,) = judged([vote(1, 1.0), vote(1, 0.5)])
    assert verdict.certainty == certainty(0.875, 1.0, 1.0)


def test_a_verdict_belongs_to_those_who_agree_with_it() -> None:
    votes = [vote(1, 1.0, reader=1), vote(1, 1.0, reader=2, role="reviewer"), vote(1, -1.0, reader=3)]
    (verdict,) = judged(votes)
    assert verdict.voices == (((1, "reader"), 0.25), ((2, "reviewer"), 0.75))


def test_of_copies_the_first_is_kept_unless_one_is_held_out() -> None:
    first = judged([vote(7, 1.0, text="Same", bucket=999), vote(3, 1.0, text="Same", bucket=999)])
    held = judged([vote(1, 1.0, text="Same", bucket=999), vote(2, 1.0, text="Same", bucket=0)])
    assert [(verdict.completion_id, verdict.heldout) for verdict in (*first, *held)] == [
        (3, False),
        (2, True),
    ]


@pytest.mark.parametrize(("bucket", "heldout"), [(0, True), (149, True), (150, False), (999, False)])
def test_the_bucket_of_the_prompt_decides_the_split(bucket: int, heldout: bool) -> None:
    assert [verdict.heldout for verdict in judged([vote(1, 1.0, bucket=bucket)])] == [heldout]


def test_what_is_left_out_is_counted() -> None:
    left_out: Counter[str] = Counter()
    kinds = ("new", "again", "continue", "revise", "revise")
    rows = [vote(number, 1.0, kind=kind) for number, kind in enumerate(kinds)]
    rows += [vote(4, 1.0, reader=2, kind="revise"), vote(5, 0.0)]
    kept = list(verdicts(sorted(rows, key=lambda row: row.text_sha256), SELECTION, left_out))
    assert sorted(verdict.completion_id for verdict in kept) == [0, 1]
    assert left_out == {"follow-up": 3, "readers are undecided": 1}
