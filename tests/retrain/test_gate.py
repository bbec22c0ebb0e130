"""Which candidates pass, and what is said of those that do not."""

from collections.abc import Mapping
from math import inf, nan

import pytest

from feedback.records import Figure
from retrain.evaluation import text_figures
from retrain.gate import Margins, Verdict, judge
from retrain.readers import plain_spoken

CHAMPION = {"perplexity": 10.0, "contrast": 1.2, "distinct_2": 0.8, "repetition": 0.02, "form": 0.5}
SCORED = CHAMPION | {"score": 0.1}


def figures(values: Mapping[str, float], n: int = 48) -> dict[str, Figure]:
    return {name: Figure(name, value, n) for name, value in values.items()}


def verdict(champion: Mapping[str, float], **changes: float) -> Verdict:
    return judge(figures({**champion, **changes}), figures(champion), Margins())


@pytest.mark.parametrize(
    ("changes", "objections"),
    [
        ({"score": 0.2}, 0),
        ({"score": 0.2, "perplexity": 10.4, "distinct_2": 0.73, "repetition": 0.06, "form": 0.41}, 0),
        ({"score": 0.1}, 1),
        ({"score": 0.14}, 1),
        ({"score": 0.9, "perplexity": 10.6}, 1),
        ({"score": 0.9, "distinct_2": 0.7}, 1),
        ({"score": 0.9, "repetition": 0.08}, 1),
        ({"score": 0.9, "form": 0.39}, 1),
        ({"score": -0.5, "perplexity": 50.0, "distinct_2": 0.1, "repetition": 0.9, "form": 0.0}, 5),
    ],
)
def test_with_a_reader_the_score_must_rise_and_nothing_else_be_lost(
    changes: dict[str, float], objections: int
) -> None:
    found = verdict(SCORED, **changes)

    assert len(found.objections) == objections
    assert found.passed == (objections == 0)


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({"perplexity": 9.9}, True),
        ({"perplexity": 10.0}, False),
        ({"perplexity": 10.2}, False),
        ({"perplexity": 8.0, "contrast": 1.1}, False),
    ],
)
def test_without_a_reader_liked_pieces_must_become_likelier_than_disliked_ones(
    changes: dict[str, float], passed: bool
) -> None:
    assert verdict(CHAMPION, **changes).passed is passed


@pytest.mark.parametrize("metric", sorted(SCORED))
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_figure_that_is_no_number_refuses_on_either_side(metric: str, value: float) -> None:
    good, broken = figures(SCORED | {"score": 0.9}), figures(SCORED | {"score": 0.9, metric: value})

    assert not judge(broken, figures(SCORED), Margins()).passed
    assert not judge(good, broken, Margins()).passed


def test_what_was_not_measured_is_said_and_does_not_refuse() -> None:
    champion = {name: value for name, value in SCORED.items() if name != "perplexity"}

    found = verdict(champion, score=0.5)

    assert found.passed
    assert "perplexity was not measured" in [finding.sentence for finding in found.findings]


def test_what_was_measured_on_one_side_only_refuses() -> None:
    found = judge(figures(CHAMPION), figures(SCORED), Margins())

    assert not found.passed


def test_nothing_measured_refuses() -> None:
    assert not judge({}, {}, Margins()).passed


def test_too_few_pieces_refuse() -> None:
    found = judge(figures(SCORED | {"score": 0.9}, n=3), figures(SCORED), Margins())

    assert found.objections == ["judged on 3 written pieces, 12 needed"]


def test_a_sentence_has_both_figures_and_the_bound() -> None:
    sentence = verdict(SCORED, score=0.12).objections[0]

    assert sentence == "score 0.120 against 0.100 of the champion, at least 0.150 wanted (n = 48)"


PROMPT = ("quatrain", "rain", "en")
ORDINARY = [f"Rain on road {n}\nstone {n} and moss\nthe gate {n} is open\nbird {n} sings" for n in range(24)]
DEGENERATE = {
    "empty": ["" for _ in ORDINARY],
    "one poem again and again": [ORDINARY[0] for _ in ORDINARY],
    "one line again and again": [("a stone\n" * 4) + str(n) for n in range(24)],
    "words shuffled into one line": [" ".join(sorted(text.split())) for text in ORDINARY],
}


@pytest.mark.parametrize("texts", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("reader", [plain_spoken, None])
def test_a_degenerate_writer_is_refused(texts: list[str], reader: object) -> None:
    expected = figures({"perplexity": 10.0, "contrast": 1.0}, n=10)
    better = figures({"perplexity": 9.0, "contrast": 1.1}, n=10)
    measured = plain_spoken if reader else None
    champion = expected | text_figures([(PROMPT, text) for text in ORDINARY], measured)

    found = judge(better | text_figures([(PROMPT, t) for t in texts], measured), champion, Margins())

    assert not found.passed
