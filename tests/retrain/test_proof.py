"""What a verdict rests on: intervals, diversity piece by piece, and a critic that has to prove itself."""

import json
from dataclasses import replace
from math import exp, log
from pathlib import Path
from random import Random

import numpy as np
import pytest

from generation.critic import BadCritic, LinearCritic, read_critic, write_critic
from generation.critic_features import COUNTED, SIZE, Scale
from generation.forms import FORMS, Catalogue
from generation.originality import Corpus, Document, Originality
from generation.screening import Screen
from generation.text_metrics import distinct_2
from retrain.bootstrap import FEWEST, Unpaired, interval, paired
from retrain.config import Examination
from retrain.critic import learn, proof_figures, telling, usual_pairs
from retrain.dataset import Example
from retrain.diversity import Said, distinct, self_bleu
from retrain.human_text import PASSAGES, human_passages, kept_for_judging
from retrain.reader import load_reader, source_of
from retrain.readers import plain_spoken
from retrain.series import Series, mean_of
from retrain.suite import suite_from
from retrain.yardsticks import Yardsticks
from tests.retrain.rows import example

ITEMS = [f"item {i}" for i in range(40)]


def test_a_value_is_the_sum_of_its_parts_over_their_weights() -> None:
    assert Series("bits", ("a", "b"), (8.0, 1.0), (4.0, 2.0)).value == 1.5
    assert Series("perplexity", ("a",), (log(12),), (1.0,), logarithmic=True).value == pytest.approx(12)


@pytest.mark.parametrize("seed", range(4))
def test_an_interval_is_as_wide_as_the_normal_one(seed: int) -> None:
    random = Random(seed)
    series = mean_of("score", ITEMS, [random.gauss(0.3, 1) for _ in ITEMS])
    found = interval(series, 0.975)
    assert found is not None
    error = (sum((v - series.value) ** 2 for v in series.parts) / 39 / 40) ** 0.5
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.15)


def test_what_moves_alike_on_every_item_differs_for_certain() -> None:
    """Paired: an item's difficulty, which is far larger than the difference, does not count."""
    hard = [float(i) for i in range(40)]
    found = paired(mean_of("x", ITEMS, [v + 0.5 for v in hard]), mean_of("x", ITEMS, hard), 0.99)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.5, 0.5))


def test_pieces_of_one_prompt_count_as_one_item() -> None:
    values = [float(i % 10) for i in range(40)]
    once = interval(mean_of("x", ITEMS[:10], values[:10]), 0.95)
    fourfold = interval(mean_of("x", [ITEMS[i % 10] for i in range(40)], values), 0.95)
    assert once == fourfold


def test_too_few_items_have_no_interval_and_other_items_no_difference() -> None:
    few = mean_of("x", ITEMS[: FEWEST - 1], [1.0] * (FEWEST - 1))
    assert interval(few, 0.95) is None
    with pytest.raises(Unpaired):
        paired(mean_of("x", ["a"], [1.0]), mean_of("x", ["b"], [1.0]), 0.95)


def test_distinct_pairs_add_up_to_the_known_figure() -> None:
    texts = ["the rain on the road", "the rain on the roof", "a bird", ""]
    series = distinct(texts, ["a", "b", "c", "d"], 2)
    assert series.value == pytest.approx(distinct_2(texts)) == pytest.approx(6 / 9)
    assert series.parts == (2.5, 2.5, 1.0, 0.0)


def test_only_what_no_text_said_before_is_new_and_a_repetition_only_once() -> None:
    said = Said(["the rain on the road"])
    assert said.newness("the rain on roofs roofs roofs") == pytest.approx(2 / 5)
    said.add("on roofs roofs")
    assert [said.newness(text) for text in ("on roofs", "a bird", "", "rain")] == [0.0, 1.0, 0.0, 0.0]


def test_self_bleu_is_high_where_texts_repeat_each_other() -> None:
    same = self_bleu(["the rain falls on the road"] * 3, ["a", "b", "c"])
    other = self_bleu(["the rain falls on roads", "two crows sat", "bread is warm at dawn"], ["a", "b", "c"])
    empty = self_bleu(["", "", ""], ["a", "b", "c"])
    assert same.value == pytest.approx(1)
    assert other.value < 0.1
    assert empty.value == 1


def test_each_piece_is_in_one_pair_behind_what_readers_chose() -> None:
    pieces = [example(n, liked=n < 5, split="heldout", theme=f"theme {n}") for n in range(12)]
    asked = ("haiku", "rain", "en")
    pairs = suite_from(pieces, 150, Examination(), preferred=[(asked, "Rain", "Fog")]).pairs
    assert pairs[0] == ((asked, "Rain"), (asked, "Fog"))
    assert len(pairs) == 6
    assert len({piece for pair in pairs for piece in pair}) == 12
    liked = {text for (_, text), _ in pairs[1:]}
    assert liked == {f"Piece {n}" for n in range(5)}


def test_a_pair_is_of_one_form_while_there_are_such() -> None:
    rated = [(1, True, "haiku"), (2, True, "sonnet"), (3, False, "sonnet"), (4, False, "poem")]
    pieces = [replace(example(n, liked=liked, split="heldout"), form=form) for n, liked, form in rated]
    pairs = suite_from(pieces, 150, Examination()).pairs
    assert [(better[0], worse[0]) for (better, _), (worse, _) in pairs] == [
        ("sonnet", "sonnet"),
        ("haiku", "poem"),
    ]


def test_a_suite_of_other_human_text_is_another_suite() -> None:
    one, other = (suite_from([], 150, Examination(), human) for human in (PASSAGES, PASSAGES[1:]))
    assert one.sha256 != other.sha256


def test_a_suite_that_is_judged_by_something_else_is_another_suite(tmp_path: Path) -> None:
    poems = Originality(tmp_path)
    own = Catalogue([*FORMS.values(), replace(FORMS["haiku"], name="tanka", aliases=())])
    critics = [LinearCritic(bias, (0.0,) * SIZE) for bias in (0.1, 0.2)]
    yardsticks = [
        Yardsticks(),
        Yardsticks(forms=own),
        Yardsticks(screen=Screen(blocked=["fog"])),
        Yardsticks(screen=Screen(profanity=False)),
        Yardsticks(reader=plain_spoken),
        *(Yardsticks(critic=critic) for critic in critics),
    ]
    suites = [suite_from([], 150, Examination(), yardsticks=one.sha256).sha256 for one in yardsticks]
    assert len(set(suites)) == len(yardsticks)
    before = Yardsticks(originality=poems).sha256
    poems.add(Corpus("poems"), [Document("An old song of the sea, sung by those before us.")])
    assert Yardsticks(originality=poems).sha256 != before
    assert Yardsticks(originality=poems).sha256 == Yardsticks(originality=Originality(tmp_path)).sha256


def test_a_reader_is_known_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "taste.py"
    sources = []
    for liking in ("1", "-1"):
        file.write_text(f"def taste(prompt, text):\n    return {liking}\n")
        sources.append(source_of(load_reader(f"{file}:taste")))
    assert len(set(sources)) == 2
    assert all(source.startswith("taste ") for source in sources)


def test_of_registered_texts_only_those_kept_for_judging_are_read_in_any_order() -> None:
    registered = [f"An old poem, number {n}" for n in range(200)]
    found = human_passages(registered, 150, len(PASSAGES) + 9)
    assert found == human_passages(reversed(registered), 150, len(PASSAGES) + 9)
    assert len(found) == len(PASSAGES) + 9
    assert all(kept_for_judging(text, 150) for text in found[len(PASSAGES) :])


SHORT, LONG = (
    "Rain on roof {n}\nthe kettle sings\nmoss on stone",
    "Behold {n} the ethereal tapestry of fate!",
)


def rated(count: int, taste: bool) -> list[Example]:
    """Pieces that are liked for a reason, or for none."""
    random = Random(3)
    return [
        example(
            n,
            liked=(kind if taste else random.random() < 0.5),
            split="heldout" if n % 3 == 0 else "train",
            text=(SHORT if kind else LONG).format(n=n),
        )
        for n in range(count)
        for kind in [random.random() < 0.5]
    ]


def test_a_critic_that_learned_a_taste_is_proven_on_what_it_has_not_seen() -> None:
    critic = learn(rated(90, taste=True))
    assert critic is not None
    assert critic.proven
    assert critic.liking("quatrain", "x", SHORT.format(n=7)) > 0.8
    assert critic.liking("quatrain", "x", LONG.format(n=7)) < 0.2


def accuracy(examples: list[Example]) -> float:
    critic = learn(examples)
    assert critic is not None
    assert critic.proof is not None
    return critic.proof.accuracy


def test_a_critic_learns_that_neither_few_nor_many_lines_are_liked() -> None:
    examples = [
        replace(example, liked=n // 3 % 3 == 1, text=f"{n} " + "\n".join(["a line"] * (1, 4, 9)[n // 3 % 3]))
        for n, example in enumerate(rated(90, taste=True))
    ]
    assert accuracy(examples) > 0.95


def test_a_critic_learns_which_few_words_of_many_are_liked() -> None:
    """Words that it meets in other company each time, among 400 that say nothing."""
    random = Random(5)

    def text(number: int) -> str:
        said = [f"word{random.randrange(400)}" for _ in range(30)]
        return " ".join([*said, *random.sample(("amber", "bell", "creek"), 2 * (number // 3 % 2))])

    examples = [
        replace(example, liked=n // 3 % 2 == 1, text=text(n))
        for n, example in enumerate(rated(240, taste=True))
    ]
    assert accuracy(examples) > 0.9


def test_words_tell_the_more_the_more_one_sided_they_are() -> None:
    words = np.array([[1.0, 1.0, 0.0, 0.5], [1.0, 1.0, 0.0, 0.0], [1.0, 0.0, -1.0, 0.0]])
    both, liked, disliked, once = telling(words, np.array([True, True, False]))
    assert liked > once > both
    assert disliked > once


def test_a_critic_of_ratings_without_a_reason_is_not_proven() -> None:
    critic = learn(rated(90, taste=False))
    assert critic is not None
    assert not critic.proven
    [figure] = proof_figures(critic)
    assert (figure.passed, figure.n) == (False, 90)


def test_with_too_few_ratings_there_is_no_critic() -> None:
    assert learn(rated(12, taste=True)) is None


def test_a_critic_survives_its_file_and_a_spoiled_file_is_refused(tmp_path: Path) -> None:
    critic = learn(rated(90, taste=True))
    assert critic is not None
    write_critic(tmp_path, "v0001", critic)
    assert read_critic(tmp_path, "v0001") == critic
    assert read_critic(tmp_path, "v0002") is None


def test_a_file_from_before_pairs_of_words_were_kept_is_read() -> None:
    kept = json.loads(LinearCritic(0.5, (0.0,) * SIZE).to_json())
    del kept["usual"]
    assert LinearCritic.from_json(json.dumps(kept)) == LinearCritic(0.5, (0.0,) * SIZE)


def test_what_stands_in_many_rated_pieces_is_usual() -> None:
    texts = ["Moss on a stone.", "moss on the roof", "Green moss on bark", "moss on moss on it", "the roof"]
    pieces = [replace(example(n), text=text) for n, text in enumerate(texts)]
    own = [replace(example(9 + n), text=f"the roof {n}", kind="demonstration") for n in range(3)]
    critic = LinearCritic(0, (0.0,) * SIZE, usual=usual_pairs([*pieces, *own]))

    assert critic.usualness("Moss on MOSS, on") == pytest.approx(2 / 3)
    assert critic.usualness("the roof") == 0  # In two pieces, and in a person's.
    assert critic.usualness("moss") == critic.usualness("") == 0


def test_of_many_pieces_a_hundredth_have_to_hold_what_is_usual() -> None:
    pieces = [replace(example(n), text=f"a{n} b{n} {'c d' if n < 4 else ''}") for n in range(500)]
    assert not usual_pairs(pieces)
    assert len(usual_pairs(pieces[:400])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": 1}',
        LinearCritic(0, (0.0,) * SIZE).to_json().replace('"format": 3', '"format": 2'),
        '{"format": 3, "bias": 0, "weights": [1, 2], "proof": null}',
        '{"format": 3, "bias": 0, "weights": [1], "proof": null, "scale": {"center": [0], "spread": [1]}}',
        LinearCritic(0, (0.0,) * SIZE, scale=Scale(spread=(0.0,) * COUNTED)).to_json(),
        LinearCritic(exp(1), (float("nan"),) * SIZE).to_json(),
        LinearCritic(0, (0.0,) * SIZE).to_json().replace('"usual": []', '"usual": ["moss"]'),
    ],
)
def test_what_is_no_critic_is_refused(text: str) -> None:
    with pytest.raises(BadCritic):
        LinearCritic.from_json(text)
