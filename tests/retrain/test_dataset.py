"""What becomes of votes, choices and own versions: texts and pairs with weights, each on one side."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from math import fsum

import pytest

from feedback.buckets import split_bucket
from generation.forms import FORMS
from generation.originality import Corpus, Document
from generation.screening import Screen
from retrain.dataset import Dataset, Minimums, Replay, enough
from retrain.dataset_build import build, with_replay
from retrain.manifest import dataset_manifest, snapshot_items
from retrain.selection import Selection
from retrain.subjects import content_words
from tests.retrain.rows import SPRING, Rows, dataset_of, example, own_text, preferred, rewritten, vote

SELECTION = Selection()
POEM = "The rain came down on the iron roof, and the dog lay still by the door, listening."


def test_texts_come_with_what_was_asked_and_who_liked_them() -> None:
    (piece,) = dataset_of([vote(7, 1.0, reader=3, theme="snow", bucket=999, version="v2")]).examples
    assert (piece.completion_id, piece.asked, piece.text) == (7, ("poem", "snow", "en"), own_text(7))
    assert (piece.liked, piece.weight, piece.split, piece.kind) == (True, 0.5, "train", "rated")
    assert (piece.owners, piece.model_version) == ((((3, SELECTION.reader_share), 1.0),), "v2")


def test_of_nearly_equal_texts_the_surest_is_kept() -> None:
    rated = [vote(1, 1.0, text=POEM), vote(2, 1.0, text=f"{POEM} Still."), vote(3, 1.0, text=POEM.upper())]
    rated.append(vote(2, 1.0, text=f"{POEM} Still.", reader=2))
    texts = {1: POEM, 2: f"{POEM} Still.", 3: POEM.upper()}
    found = dataset_of([row._replace(split_bucket=999) for row in rated], texts=texts)
    assert [piece.completion_id for piece in found.examples] == [2]
    assert found.left_out == {"nearly the same as another text": 2}


def test_a_text_nearly_that_of_a_held_out_one_is_not_trained_on() -> None:
    rated = [vote(1, 1.0, text=POEM, bucket=999), vote(2, 1.0, theme="sea", text=POEM + "!", bucket=0)]
    found = dataset_of(rated, texts={1: POEM, 2: POEM + "!"})
    assert [(piece.completion_id, piece.split) for piece in found.examples] == [(2, "heldout")]


@pytest.mark.parametrize(
    ("theme", "kept"),
    [
        ("the old lighthouse", False),
        ("Old lighthouses.", False),
        ("an old lighthouse in fog", False),
        ("a young lighthouse keeper", True),
        ("rain", True),
    ],
)
def test_a_request_in_other_words_than_a_held_out_one_is_not_trained_on(theme: str, kept: bool) -> None:
    found = dataset_of(
        [vote(1, 1.0, theme="old lighthouse", bucket=0), vote(2, 1.0, theme=theme, bucket=999)]
    )
    assert [piece.completion_id for piece in found.examples] == ([1, 2] if kept else [1])


@pytest.mark.parametrize(("theme", "kept"), [("The rains!", False), ("bread", True)])
def test_a_request_in_other_words_than_a_held_out_choice_s_is_not_trained_on(theme: str, kept: bool) -> None:
    choices = [preferred(1, 2)._replace(split_bucket=0)]  # About rain, and rated by nobody.
    found = dataset_of([vote(3, 1.0, theme=theme, bucket=999)], choices=choices)
    assert [pair.split for pair in found.pairs] == ["heldout"]
    assert [piece.completion_id for piece in found.examples] == ([3] if kept else [])
    assert found.left_out == ({} if kept else {"nearly a request that is judged on": 1})


def test_what_may_not_be_shown_is_not_learned_from_whoever_wrote_it() -> None:
    rude = "The rain, you shit, came down on the iron roof."
    rated = [vote(1, 1.0, text=rude, bucket=999), vote(2, -1.0, theme="sea", bucket=999)]
    rows = Rows(
        rated,
        choices=[preferred(3, 1), preferred(3, 4)],
        own=[rewritten(1, f"{rude} Mine.", completion=5, reader=2)],
        texts={1: rude},
    )
    found = build(rows, SELECTION, SPRING, screen=Screen())
    assert [piece.completion_id for piece in found.examples] == [2]
    assert [(pair.chosen_id, pair.rejected_id) for pair in found.pairs] == [(3, 4)]
    assert found.left_out == {"may not be shown: profanity": 4}


def test_what_repeats_an_example_of_its_form_is_not_learned_from_as_liked() -> None:
    (shown,) = FORMS["quatrain"].examples
    liked, disliked, poem = (
        f"{line}\n{own_text(number)}" for number, line in enumerate(shown.text.splitlines()[1:])
    )
    rated = [
        vote(1, 1.0, theme="a barn", form="quatrain", bucket=999),
        vote(2, -1.0, theme="bread", form="quatrain", bucket=999),
        vote(3, 1.0, theme="snow", bucket=999),  # A poem, which is shown no example.
    ]
    texts = {1: liked, 2: disliked, 3: poem}
    found = dataset_of(rated, texts=texts, choices=[preferred(5, 4)._replace(split_bucket=999)])
    learned = found.with_forms(FORMS)
    assert [piece.completion_id for piece in learned.examples] == [2, 3]
    assert [(pair.chosen_id, pair.rejected_id) for pair in learned.pairs] == [(5, 4)]
    assert learned.left_out == {**found.left_out, "repeats an example of its form": 1}
    with_choice = replace(
        found, pairs=tuple(replace(pair, form="quatrain", chosen=liked) for pair in found.pairs)
    )
    assert not with_choice.with_forms(FORMS).pairs


def test_a_form_that_was_taken_away_is_not_learned_from() -> None:
    rated = [vote(1, 1.0, form="ode", bucket=999), vote(2, 1.0, theme="snow", bucket=999)]
    assert [piece.form for piece in dataset_of(rated).with_forms(FORMS).examples] == ["poem"]


def test_people_s_texts_keep_their_share_beside_what_is_rehearsed() -> None:
    rated = [vote(n, 1.0, reader=n, theme=f"theme {n}", bucket=999) for n in range(70)]
    corpus = [(Corpus("poems"), Document(f"Line {n} of many,\nand another one.")) for n in range(400)]
    alone = with_replay(dataset_of(rated), corpus, SELECTION)
    beside = with_replay(dataset_of(rated), corpus, SELECTION, rehearsed=64)
    assert len(alone.replay) / (70 + len(alone.replay)) == pytest.approx(0.3, abs=0.005)
    assert len(beside.replay) / (70 + 64 + len(beside.replay)) == pytest.approx(0.3, abs=0.005)
    assert beside.examples == alone.examples
    assert with_replay(dataset_of(rated), [], SELECTION, rehearsed=64) == dataset_of(rated)


def test_the_same_theme_in_another_form_is_another_request() -> None:
    rated = [vote(1, 1.0, bucket=0), vote(2, 1.0, form="haiku", bucket=999)]
    assert len(dataset_of(rated).examples) == 2


def test_ten_thousand_ratings_more_move_nothing_across_the_split() -> None:
    few = [vote(n, 1.0, reader=n % 9, theme=f"theme {n % 50}") for n in range(200)]
    draw = random.Random(5)
    many = [
        vote(n % 3000, draw.uniform(-1, 1), reader=draw.randrange(200), theme=f"theme {n % 3000 % 50}")
        for n in range(200, 10_200)
    ]
    before = {piece.completion_id: piece.split for piece in dataset_of(few).examples}
    after = {piece.completion_id: piece.split for piece in dataset_of(few + many).examples}
    assert set(before.values()) == {"train", "heldout"}
    assert all(before[number] == split for number, split in after.items() if number in before)


def test_requests_that_are_the_same_in_other_words_are_never_on_both_sides() -> None:
    spelled = ("{}", "the {}", "{}s", "The {}!", "a {} and the {}")
    nouns = [f"{own_text(n)[:6]}" for n in range(150)]
    themes = [spelling.replace("{}", noun) for noun in nouns for spelling in spelled]
    rated = [vote(n, 1.0, reader=n % 30, theme=theme) for n, theme in enumerate(themes)]
    sides = defaultdict(set)
    for piece in dataset_of(rated).examples:
        sides[content_words(piece.theme)].add(piece.split)
    buckets = {split_bucket("poem", theme) < SELECTION.heldout_buckets for theme in themes}
    assert buckets == {True, False}
    assert all(len(found) == 1 for found in sides.values())


def test_a_reader_with_nine_tenths_of_the_votes_holds_their_share_at_most() -> None:
    rated = [vote(n, 1.0, reader=0, theme=f"theme {n}", bucket=999) for n in range(900)]
    rated += [vote(900 + n, 1.0, reader=1 + n % 30, theme=f"new {n}", bucket=999) for n in range(100)]
    held: Counter[int] = Counter()
    for piece in dataset_of(rated).examples:
        held[piece.owners[0][0][0]] += piece.weight  # type: ignore[assignment]
    assert held[0] / fsum(held.values()) == pytest.approx(SELECTION.reader_share, abs=1e-3)


def test_a_reviewer_may_hold_more_than_a_reader_and_not_more_than_their_share() -> None:
    rated = [vote(n, 1.0, reader=0, role="reviewer", theme=f"theme {n}", bucket=999) for n in range(300)]
    rated += [vote(900 + n, 1.0, reader=1 + n % 30, theme=f"new {n}", bucket=999) for n in range(100)]
    weights = {piece.completion_id: piece.weight for piece in dataset_of(rated).examples}
    mine = fsum(weight for number, weight in weights.items() if number < 900)
    assert mine / fsum(weights.values()) == pytest.approx(SELECTION.reviewer_share, abs=1e-3)


def test_texts_of_one_version_do_not_outweigh_those_of_the_others() -> None:
    rated = [
        vote(n, 1.0, reader=n % 40, theme=f"theme {n}", bucket=999, version=f"v{1 if n < 360 else n % 8}")
        for n in range(400)
    ]
    by_version: Counter[str] = Counter()
    for piece in dataset_of(rated).examples:
        by_version[piece.model_version] += piece.weight  # type: ignore[assignment]
    assert by_version["v1"] / fsum(by_version.values()) == pytest.approx(0.5, abs=0.02)


def test_no_more_than_wanted_are_chosen_the_surest_first() -> None:
    rated = [vote(n, 1.0, reader=n % 30, theme=f"theme {n}", bucket=999) for n in range(40)]
    rated += [vote(7, 1.0, reader=31, theme="theme 7", bucket=999)]
    found = dataset_of(rated, replace(SELECTION, most_texts=10))
    assert len(found.examples) == 10
    assert 7 in [piece.completion_id for piece in found.examples]
    assert found.left_out == {"more than wanted": 30}


def test_an_own_version_weighs_most_and_beats_the_text_in_whose_place_it_was_written() -> None:
    rated = [vote(n, 1.0, reader=n, theme=f"theme {n}", bucket=999) for n in range(1, 20)]
    found = dataset_of(rated, own=[rewritten(5, POEM, completion=30, reader=50)])
    own = found.examples[-1]
    assert (own.kind, own.text, own.completion_id, own.demonstration_id) == ("demonstration", POEM, 30, 5)
    assert own.weight > max(piece.weight for piece in found.examples[:-1])
    (pair,) = found.pairs
    assert (pair.chosen, pair.rejected, pair.kind, pair.split) == (
        POEM,
        own_text(30),
        "demonstration",
        "train",
    )
    assert found.counts.demonstrations == 1


def test_own_versions_that_say_nothing_are_left_out() -> None:
    own = [rewritten(1, " ", completion=1), rewritten(2, own_text(2), completion=2)]
    own.append(rewritten(3, POEM, completion=3)._replace(kind="revise"))
    found = dataset_of([], own=own)
    assert not found.examples
    assert not found.pairs
    assert found.left_out == {"own version is empty or the same": 2, "follow-up": 1}


def test_readers_choices_become_pairs_where_they_agree() -> None:
    choices = [preferred(1, 2, reader=1), preferred(2, 1, reader=2), preferred(3, 4, reader=3)]
    choices += [preferred(5, 6, reader=reader) for reader in (1, 2)] + [preferred(6, 5, reader=3)]
    found = dataset_of([], choices=choices)
    assert [(pair.chosen_id, pair.rejected_id) for pair in found.pairs] == [(3, 4), (5, 6)]
    assert found.pairs[0].chosen == own_text(3)
    assert found.left_out == {"readers chose differently": 1}


def test_texts_of_one_prompt_that_are_rated_apart_are_a_pair() -> None:
    rated = [
        vote(1, 1.0, prompt=1, bucket=999),
        vote(2, -1.0, prompt=1, bucket=999),
        vote(3, -1.0, bucket=999),
    ]
    (pair,) = dataset_of(rated).pairs
    assert (pair.chosen_id, pair.rejected_id, pair.kind, pair.weight) == (1, 2, "contrast", 0.25)
    assert dataset_of(rated, choices=[preferred(2, 1)]).pairs[0].kind == "preference"


def full_dataset(order: int = 0) -> Dataset:
    rated = [
        vote(n, (-1.0) ** (n % 3), reader=n % 7, theme=f"theme {n % 40}", prompt=1 + n // 2)
        for n in range(500)
    ]
    choices = [preferred(n, n + 1, reader=n % 5) for n in range(0, 60, 2)]
    own = [rewritten(n, own_text(n + 900), completion=n, reader=n) for n in range(9)]
    draw = random.Random(order)
    if order:
        for rows in (rated, choices, own):
            draw.shuffle(rows)
    return dataset_of(rated, choices=choices, own=own)


def test_the_manifest_is_byte_identical_in_any_order_of_rows() -> None:
    manifests = {dataset_manifest(full_dataset(order), SELECTION) for order in range(3)}
    assert len(manifests) == 1
    assert full_dataset() == full_dataset(1)


def test_the_manifest_holds_no_text_and_names_its_rules() -> None:
    dataset = dataset_of([vote(1, 1.0)], own=[rewritten(1, "A secret line", completion=1)])
    manifest = dataset_manifest(dataset, SELECTION)
    assert b"secret" not in manifest
    assert manifest != dataset_manifest(dataset, replace(SELECTION, threshold=0.5))


@pytest.mark.parametrize(
    "other", [{"title": "Gray"}, {"language": "zh"}, {"source": "B"}, {"text_sha256": "1"}]
)
def test_the_manifest_tells_what_people_s_texts_are_asked_for_with(other: dict[str, str]) -> None:
    text = Replay("A", "Elegy", "en", "The curfew tolls the knell of parting day", "0", "train")
    one, another = (Dataset(replay=(replay,)) for replay in (text, replace(text, **other)))  # type: ignore[arg-type]
    assert dataset_manifest(one, SELECTION) != dataset_manifest(another, SELECTION)


def test_everything_in_a_dataset_is_a_row_of_its_snapshot() -> None:
    dataset = full_dataset()
    kinds = Counter(item.kind for item in snapshot_items(dataset))
    assert kinds["pair"] == len(dataset.pairs)
    assert kinds["rated"] + kinds["demonstration"] == len(dataset.examples)
    assert kinds["demonstration"] > 0


@pytest.mark.parametrize(
    ("liked", "heldout", "fresh", "readers", "reasons"),
    [
        (30, 3, 20, 2, []),
        (12, 3, 20, 2, ["12 liked pieces to learn from, 30 needed"]),
        (30, 0, 20, 2, ["0 liked pieces to be judged on, 3 needed"]),
        (30, 3, 4, 2, ["4 new ratings, choices and own versions since the last run, 20 needed"]),
        (30, 3, 20, 1, ["1 readers to learn from, 2 needed"]),
        (
            0,
            0,
            0,
            1,
            [
                "0 new ratings, choices and own versions since the last run, 20 needed",
                "0 liked pieces to learn from, 30 needed",
                "0 liked pieces to be judged on, 3 needed",
                "1 readers to learn from, 2 needed",
            ],
        ),
    ],
)
def test_too_little_to_learn_from_is_said(
    liked: int, heldout: int, fresh: int, readers: int, reasons: list[str]
) -> None:
    pieces = [example(n, reader=n % readers) for n in range(liked)] + [example(100, liked=False, reader=0)]
    pieces += [example(200 + n, split="heldout", reader=7 + n) for n in range(heldout)]
    assert enough(Dataset(tuple(pieces)), fresh, Minimums(readers=2)) == reasons


@pytest.mark.parametrize(("pairs", "missing"), [(4, 0), (3, 2)])
def test_with_many_choices_nothing_has_to_be_liked_besides(pairs: int, missing: int) -> None:
    chosen = full_dataset().pairs[0]
    found = [replace(chosen, chosen=f"Piece {n}", split="train") for n in range(pairs)]
    held_out = [replace(chosen, chosen=f"Piece {n}", split="heldout") for n in range(8, 10)]
    minimums = Minimums(liked=4, liked_heldout=2, pairs=4)
    assert len(enough(Dataset(pairs=(*found, *held_out)), 20, minimums)) == missing
