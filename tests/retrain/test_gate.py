"""Which candidates pass, and what is said of those that do not."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, nan

import pytest

from generation.forms import FORMS
from retrain.evaluation import judged_pieces
from retrain.gate import Margins, Verdict, judge
from retrain.readers import plain_spoken
from retrain.series import Measured, Series, mean_of
from retrain.yardsticks import Yardsticks

CHAMPION = {
    "perplexity": 10.0, "contrast": 0.2, "distinct_2": 0.8, "repetition": 0.02, "form": 0.5, "words": 30.0,
    "bits_per_byte_human": 1.2, "preference_accuracy": 0.6, "self_bleu": 0.2, "safe": 1.0, "original": 1.0,
}  # fmt: skip
SCORED = CHAMPION | {"score": 0.1}
LEARNED = {"contrast": 0.25}  # As a candidate has that learned from the ratings.


def measured(values: Mapping[str, float], n: int = 48, spread: float = 0.01) -> Measured:
    """Items that lie evenly around each value, in another order for each side of a comparison."""
    items = [f"item {i}" for i in range(n)]
    around = [spread * (i - (n - 1) / 2) / n for i in range(n)]
    return {name: mean_of(name, items, [value + by for by in around]) for name, value in values.items()}


def verdict(champion: Mapping[str, float], **changes: float) -> Verdict:
    return judge(measured({**champion, **changes}, spread=0.02), measured(champion), Margins())


@pytest.mark.parametrize(
    ("changes", "objections"),
    [
        ({"score": 0.2}, 0),
        ({"score": 0.2, "perplexity": 10.9, "distinct_2": 0.73, "repetition": 0.06, "form": 0.41}, 0),
        ({"score": 0.1}, 1),
        ({"score": 0.14}, 1),
        ({"score": 0.9, "contrast": 0.19}, 1),
        ({"score": 0.9, "perplexity": 11.1}, 1),
        ({"score": 0.9, "bits_per_byte_human": 1.25}, 1),
        ({"score": 0.9, "preference_accuracy": 0.4}, 1),
        ({"score": 0.9, "distinct_2": 0.7}, 1),
        ({"score": 0.9, "self_bleu": 0.4}, 1),
        ({"score": 0.9, "repetition": 0.08}, 1),
        ({"score": 0.9, "form": 0.39}, 1),
        ({"score": 0.9, "words": 5.0}, 1),
        ({"score": 0.9, "safe": 0.9}, 1),
        ({"score": 0.9, "original": 0.9}, 1),
        ({"score": -0.5, "perplexity": 50.0, "distinct_2": 0.1, "repetition": 0.9, "form": 0.0}, 5),
    ],
)
def test_with_a_reader_the_score_must_rise_and_nothing_else_be_lost(
    changes: dict[str, float], objections: int
) -> None:
    found = verdict(SCORED, **LEARNED | changes)
    assert len(found.objections) == objections
    assert found.passed == (objections == 0)


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"bits_per_byte_human": 1.22}, []),
        (
            {"bits_per_byte_human": 1.23},
            ["bits_per_byte_human of the base kept"],
        ),
        ({"distinct_2": 0.76}, []),
        ({"distinct_2": 0.73}, ["distinct_2 of the base kept"]),
    ],
)
def test_what_is_lost_a_little_every_night_is_held_against_the_base(
    changes: dict[str, float], lost: list[str]
) -> None:
    base = measured(SCORED | {"bits_per_byte_human": 1.165, "distinct_2": 0.83})
    candidate = measured({**SCORED, **LEARNED, "score": 0.9, **changes}, spread=0.02)
    found = judge(candidate, measured(SCORED), Margins(), base)
    assert [finding.rule for finding in found.findings if not finding.passed] == lost
    assert judge(candidate, measured(SCORED), Margins()).passed


@pytest.mark.parametrize(
    ("contrast", "of_base", "lost"),
    [
        (0.21, 0.1, []),
        (0.19, 0.1, []),  # Less than the champion's 0.2, as may be by chance.
        (0.11, 0.1, ["contrast kept"]),
        (0.19, 0.195, ["contrast of the base kept"]),  # The base has not learned: nothing is chance.
        (0.05, 0.1, ["contrast kept", "contrast of the base kept"]),
    ],
)
def test_a_champion_that_has_learned_may_tell_ratings_apart_a_little_better(
    contrast: float, of_base: float, lost: list[str]
) -> None:
    candidate = measured(SCORED | {"score": 0.9}, spread=0.02) | measured({"contrast": contrast}, spread=0.4)
    found = judge(candidate, measured(SCORED), Margins(), measured(SCORED | {"contrast": of_base}))
    assert [finding.rule for finding in found.findings if not finding.passed] == lost


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({"contrast": 0.3}, True),
        ({"contrast": 0.2}, False),
        ({"contrast": 0.1}, False),
        ({"contrast": 0.3, "perplexity": 11.1}, False),
    ],
)
def test_without_a_reader_liked_pieces_must_become_likelier_than_disliked_ones(
    changes: dict[str, float], passed: bool
) -> None:
    assert verdict(CHAMPION, **changes).passed is passed


@pytest.mark.parametrize(("bits", "passed"), [(0.9, True), (1.0, False), (1.1, False)])
def test_where_nobody_dislikes_anything_favourites_must_become_likelier(bits: float, passed: bool) -> None:
    champion = {name: value for name, value in CHAMPION.items() if name != "contrast"}
    assert verdict(champion | {"bits_per_byte_liked": 1.0}, bits_per_byte_liked=bits).passed is passed


@pytest.mark.parametrize(
    ("better", "won", "passed"),
    [
        (0.6, 48, True),
        (0.6, 40, True),
        (0.6, 26, False),  # May be chance.
        (0.6, 8, False),
        (0.9, 20, False),  # Pleases far more on a few, and less on most.
    ],
)
def test_a_proven_critic_is_pleased_in_the_mean_and_by_most_pieces(
    better: float, won: int, passed: bool
) -> None:
    champion = measured(CHAMPION | {"liking": 0.5}, spread=0)
    liking = [better if i < won else 0.4 for i in range(48)]
    candidate = champion | {"liking": mean_of("liking", champion["liking"].items, liking)}
    assert judge(candidate, champion, Margins()).passed is passed


@pytest.mark.parametrize(
    ("margins", "n", "passed"),
    [
        (Margins(), 48, False),  # Half of the items are better, half are worse.
        (Margins(sure=0), 48, True),
        (Margins(sure=0, score=0.2), 48, False),
        (Margins(pieces=1), 5, False),  # Too few to tell.
        (Margins(sure=0, pieces=1), 5, True),
    ],
)
def test_a_gain_that_may_be_chance_is_none(margins: Margins, n: int, passed: bool) -> None:
    champion, candidate = measured(SCORED, n), measured(SCORED, n)
    swinging = [0.1 + 0.1 + (2.0 if i % 2 else -2.0) for i in range(n - n % 2)] + [0.2] * (n % 2)
    candidate["score"] = replace(candidate["score"], parts=tuple(swinging))
    assert judge(candidate, champion, margins).passed is passed


def test_a_loss_that_may_be_chance_is_none() -> None:
    champion, candidate = measured(SCORED), measured(SCORED | {"score": 0.9, **LEARNED})
    shares = [float(i % 2) for i in range(48)]
    champion["form"] = mean_of("form", champion["form"].items, shares)
    candidate["form"] = mean_of("form", champion["form"].items, [0.0] * 7 + shares[6:47])
    found = judge(candidate, champion, Margins(form=0.0))
    assert found.passed
    assert any("no more than chance" in finding.sentence for finding in found.findings)


@pytest.mark.parametrize("metric", sorted(SCORED))
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_figure_that_is_no_number_refuses_on_either_side(metric: str, value: float) -> None:
    good, broken = measured(SCORED | {"score": 0.9}), measured(SCORED | {"score": 0.9, metric: value})
    assert not judge(broken, measured(SCORED), Margins()).passed
    assert not judge(good, broken, Margins()).passed


def test_what_was_not_measured_is_said_and_does_not_refuse() -> None:
    champion = {name: value for name, value in SCORED.items() if name != "perplexity"}
    found = verdict(champion, score=0.5, contrast=0.25)
    assert found.passed
    assert "perplexity was not measured" in [finding.sentence for finding in found.findings]


def test_what_was_measured_on_one_side_only_refuses() -> None:
    assert not judge(measured(CHAMPION), measured(SCORED), Margins()).passed


def test_what_was_measured_on_other_items_refuses() -> None:
    others = {
        name: replace(series, items=tuple(f"other {i}" for i in range(series.n)))
        for name, series in measured(SCORED | {"score": 0.9}).items()
    }
    assert judge(others, measured(SCORED), Margins()).objections == [
        "perplexity was measured on other items than the champion's"
    ]


def test_nothing_measured_refuses() -> None:
    assert not judge({}, {}, Margins()).passed


def test_too_few_pieces_refuse() -> None:
    found = judge(measured(SCORED | {"score": 0.9, **LEARNED}, n=8), measured(SCORED, n=8), Margins())
    assert found.objections == ["judged on 8 written pieces, 12 needed"]


def test_a_verdict_has_a_sentence_and_a_figure_with_its_interval_for_every_rule() -> None:
    found = verdict(SCORED, score=0.12, contrast=0.25)
    assert found.objections == [
        "score 0.120 against 0.100 of the champion (+0.019 … +0.021, n = 48), +0.050 wanted, "
        "with 97.5% certainty that it is better"
    ]
    assert len(found.figures) == 12
    gained = next(figure for figure in found.figures if figure.metric == "rule: score gained")
    assert (gained.passed, gained.n) == (False, 48)
    assert gained.low is not None
    assert gained.low < gained.value


ASKED = [("quatrain", f"theme {n}", "en") for n in range(24)]
ORDINARY = [f"Rain on road {n}\nstone {n} and moss\nthe gate {n} is open\nbird {n} sings" for n in range(24)]
DEGENERATE = {
    "empty": ["" for _ in ORDINARY],
    "one poem again and again": [ORDINARY[0] for _ in ORDINARY],
    "one line again and again": [("a stone\n" * 4) + str(n) for n in range(24)],
    "words shuffled into one line": [" ".join(sorted(text.split())) for text in ORDINARY],
}


@pytest.mark.parametrize("texts", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("reader", [plain_spoken, None])
def test_a_degenerate_writer_is_refused_even_if_it_expects_the_right_things(
    texts: list[str], reader: object
) -> None:
    expected, better = measured({"contrast": 0.1}, n=10), measured({"contrast": 0.3}, n=10)
    yardsticks = Yardsticks(reader=plain_spoken if reader else None)

    def side(expectation: Measured, written: list[str]) -> Measured:
        return expectation | judged_pieces(list(zip(ASKED, written, strict=True)), yardsticks)

    assert not judge(side(better, texts), side(expected, ORDINARY), Margins()).passed


def test_a_writer_who_repeats_an_example_of_a_form_is_not_original() -> None:
    line = FORMS["quatrain"].examples[0].text.splitlines()[-1]
    copied = [f"{text}\n{line}" if number % 4 == 0 else text for number, text in enumerate(ORDINARY)]
    assert judged_pieces(list(zip(ASKED, ORDINARY, strict=True)), Yardsticks())["original"].value == 1
    assert judged_pieces(list(zip(ASKED, copied, strict=True)), Yardsticks())["original"].value == 0.75


def test_one_texts_of_many_empty_ones_has_no_distinct_pairs() -> None:
    assert Series("distinct_2", ("a", "b"), (0.0, 0.0), (0.0, 0.0)).value == 0
