"""What becomes an example, what it weighs, and where it stays."""

import random
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from retrain.dataset import (
    Minimums,
    Selection,
    cap_prompts,
    cap_readers,
    enough,
    examples_from,
    learnable,
    new_ratings,
)
from retrain.manifest import dataset_manifest
from tests.retrain.rows import SPRING, example, rated

SELECTION = Selection()


@pytest.mark.parametrize(
    ("values", "liked"),
    [
        ([1.0], True),
        ([-1.0], False),
        ([1.0, 1.0, -1.0], True),
        ([1.0, -1.0], None),
        ([0.24], None),
        ([0.25], True),
        ([-0.25], False),
        ([0.0], None),
    ],
)
def test_a_piece_is_judged_by_the_mean_of_its_readers(values: list[float], liked: bool | None) -> None:
    rows = [rated(1, value, reader=reader) for reader, value in enumerate(values)]

    labels = [piece.liked for piece in examples_from(rows, SELECTION)]

    assert labels == ([] if liked is None else [liked])


def test_a_reader_who_rates_copies_of_one_text_counts_once() -> None:
    copies = [rated(number, 1.0, reader=1, text="Same") for number in range(1, 6)]

    pieces = examples_from([*copies, rated(6, -1.0, reader=2, text="Same")], SELECTION)

    assert pieces == []


def test_of_copies_the_first_is_kept() -> None:
    pieces = examples_from([rated(7, 1.0, text="Same"), rated(3, 1.0, text="Same")], SELECTION)

    assert [piece.completion_id for piece in pieces] == [3]


def test_a_text_written_for_a_held_out_prompt_too_is_not_trained_on() -> None:
    rows = [rated(1, 1.0, text="Same", bucket=999), rated(2, 1.0, text="Same", bucket=0)]

    assert [piece.split for piece in examples_from(rows, SELECTION)] == ["heldout"]


def test_follow_ups_are_left_out_and_counted_and_another_of_the_same_stays() -> None:
    kinds = ("new", "again", "continue", "revise", "revise")
    rows = [rated(number, 1.0, kind=kind) for number, kind in enumerate(kinds)]
    rows.append(rated(4, 1.0, reader=2, kind="revise"))

    assert [piece.completion_id for piece in examples_from(rows, SELECTION)] == [0, 1]
    kept, left_out = learnable(rows)
    assert ([row.kind for row in kept], left_out) == (["new", "again"], {"follow_up": 3})


def test_a_follow_up_that_repeats_its_piece_adds_nothing_to_it() -> None:
    rows = [rated(1, 1.0, text="Same"), rated(2, -1.0, reader=2, text="Same", kind="revise")]

    assert [piece.liked for piece in examples_from(rows, SELECTION)] == [True]


@pytest.mark.parametrize(
    ("bucket", "split"), [(0, "heldout"), (149, "heldout"), (150, "train"), (999, "train")]
)
def test_the_bucket_of_the_prompt_decides_the_split(bucket: int, split: str) -> None:
    assert [piece.split for piece in examples_from([rated(1, 1.0, bucket=bucket)], SELECTION)] == [split]


def test_ten_thousand_ratings_more_move_nothing_across_the_split() -> None:
    few = [rated(number, 1.0, theme=f"theme {number % 50}") for number in range(200)]
    many = [rated(n, random.Random(n).uniform(-1, 1), theme=f"theme {n % 400}") for n in range(200, 10_200)]

    before = {piece.completion_id: piece.split for piece in examples_from(few, SELECTION)}
    after = {piece.completion_id: piece.split for piece in examples_from(few + many, SELECTION)}

    assert all(after[number] == split for number, split in before.items())
    assert set(before.values()) == {"train", "heldout"}


def test_a_prompt_is_never_on_both_sides() -> None:
    rows = [rated(n, 1.0, theme=("Rain", " rain. ", f"theme {n}")[n % 3]) for n in range(600)]
    sides = defaultdict(set)
    for piece in examples_from(rows, SELECTION):
        sides[piece.theme.strip(" .").lower()].add(piece.split)

    assert all(len(found) == 1 for found in sides.values())


def test_the_manifest_is_byte_identical_in_any_order_of_rows() -> None:
    rows = [rated(n, (-1.0) ** n, reader=n % 7, theme=f"theme {n % 40}") for n in range(500)]
    shuffled = random.Random(3).sample(rows, len(rows))

    manifests = {dataset_manifest(examples_from(order, SELECTION), SELECTION) for order in (rows, shuffled)}

    assert len(manifests) == 1


def test_the_manifest_holds_no_text() -> None:
    manifest = dataset_manifest(examples_from([rated(1, 1.0, text="A secret line")], SELECTION), SELECTION)

    assert b"secret" not in manifest


def test_another_selection_is_another_dataset() -> None:
    pieces = [example(1)]

    assert dataset_manifest(pieces, SELECTION) != dataset_manifest(pieces, Selection(threshold=0.5))


def test_a_prompt_asked_again_and_again_weighs_no_more_than_its_cap() -> None:
    pieces = [example(n, theme=("Rain", "rain ")[n % 2]) for n in range(100)] + [example(100, theme="sea")]

    capped = cap_prompts(pieces, most=3.0)

    assert sum(piece.weight for piece in capped[:100]) == pytest.approx(3.0, abs=1e-4)
    assert capped[100].weight == 1.0


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_reader_with_nine_tenths_of_the_votes_keeps_their_share_at_most(share: float) -> None:
    pieces = [example(n, readers=frozenset({0})) for n in range(900)]
    pieces += [example(900 + n, readers=frozenset({1 + n % 30})) for n in range(100)]

    weights: Counter[int] = Counter()
    for piece in cap_readers(pieces, share):
        for reader in piece.readers:
            weights[reader] += piece.weight / len(piece.readers)  # type: ignore[assignment]

    assert max(weights.values()) <= share * sum(weights.values()) * 1.01


def test_few_readers_are_not_capped() -> None:
    pieces = [example(1, readers=frozenset({1})), example(2, readers=frozenset({1}))]

    assert cap_readers(pieces, 0.1) == pieces


@pytest.mark.parametrize(
    ("liked", "heldout", "fresh", "reasons"),
    [
        (30, 3, 20, []),
        (12, 3, 20, ["12 liked pieces to learn from, 30 needed"]),
        (30, 0, 20, ["0 liked pieces to be judged on, 3 needed"]),
        (30, 3, 4, ["4 new ratings since the last run, 20 needed"]),
        (
            0,
            0,
            0,
            [
                "0 new ratings since the last run, 20 needed",
                "0 liked pieces to learn from, 30 needed",
                "0 liked pieces to be judged on, 3 needed",
            ],
        ),
    ],
)
def test_too_little_to_learn_from_is_said(liked: int, heldout: int, fresh: int, reasons: list[str]) -> None:
    pieces = [example(n) for n in range(liked)] + [example(100, liked=False)]
    pieces += [example(200 + n, split="heldout") for n in range(heldout)]

    assert enough(pieces, fresh, Minimums()) == reasons


def test_ratings_count_as_new_after_the_last_cutoff_only() -> None:
    rows = [rated(n, 1.0, at=SPRING + timedelta(hours=n)) for n in range(5)]

    assert (new_ratings(rows, None), new_ratings(rows, SPRING + timedelta(hours=2))) == (5, 2)
