"""Of several texts the best is kept, and none that must not be shown."""

from pathlib import Path

import pytest

from generation.checks import Checked
from generation.forms import FORMS
from generation.originality import Corpus, Document, Originality, Shared, Source
from generation.screening import Screen
from generation.selection import Judge, Judged, best

WHOLE = Checked(1.0, (), "5-7-5 ✓")
HALF = Checked(0.5, ("2 lines, wanted 3",), "")
QUOTED = Shared("shall I compare thee", 8, "words", Source("Sonnet 18", "William Shakespeare", "sonnets"))
HAIKU = "An old silent pond\nA frog jumps into the pond\nSplash! Silence again"


@pytest.mark.parametrize(
    ("judged", "kept"),
    [
        ([Judged(HALF, 0), Judged(WHOLE, 0)], 1),
        ([Judged(WHOLE, 0.6), Judged(HALF, 0)], 1),  # A form kept by repeating is not kept well.
        ([Judged(HALF, 0), Judged(HALF, 0)], 0),
        ([Judged(HALF, 0), Judged(HALF, 0, liking=0.9)], 1),
        ([Judged(WHOLE, 0, liking=0.3), Judged(HALF, 0, liking=0.6)], 1),
        ([Judged(WHOLE, 0, liking=0.4), Judged(HALF, 0, liking=0.6)], 0),
        ([Judged(HALF, 0, liking=0.9, usualness=0.3), Judged(HALF, 0, liking=0.8)], 1),
        ([Judged(HALF, 0, liking=0.9, usualness=0.1), Judged(HALF, 0, liking=0.7)], 0),
        ([Judged(WHOLE, 0, blocked=True), Judged(HALF, 0.5)], 1),
        ([Judged(WHOLE, 0, shared=QUOTED), Judged(HALF, 0)], 1),
        ([Judged(WHOLE, 0, shared=QUOTED), Judged(HALF, 0, shared=QUOTED)], 0),
        ([Judged(WHOLE, 0, blank=True), Judged(WHOLE, 0, blocked=True)], None),
        ([], None),
    ],
)
def test_the_best_text_is_kept(judged: list[Judged], kept: int | None) -> None:
    assert best(judged) == kept


@pytest.mark.parametrize(("besides", "kept"), [([0.0, 0.2], 0), ([0.0, 0.3], 1)])
def test_what_speaks_for_a_text_beside_its_merit_counts_as_much(besides: list[float], kept: int) -> None:
    assert best([Judged(WHOLE, 0, usualness=1.0), Judged(HALF, 0)], besides) == kept


def test_what_all_candidates_quote_is_told() -> None:
    assert Judged(WHOLE, 0, shared=QUOTED).marks == "5-7-5 ✓ · ❝ Sonnet 18 ❞"


class Gardener:
    def liking(self, form: str, theme: str, text: str) -> float:  # noqa: ARG002 - the critic's.
        return float("pond" in text)

    def usualness(self, text: str) -> float:
        return 0.25 * ("pond" in text)


def test_a_judge_weighs_form_repetition_screens_originality_and_taste(tmp_path: Path) -> None:
    originality = Originality(tmp_path)
    originality.add(Corpus("ponds"), [Document(HAIKU, "The old pond", "Bashō")])
    judge = Judge(Screen(blocked=["Voldemort"]), originality, Gardener())
    quoting = judge.judge(FORMS["haiku"], "a pond", "en", HAIKU)
    assert (quoting.form, quoting.liking, quoting.usualness) == (Checked(1.0, (), "5-7-5 ✓"), 1.0, 0.25)
    assert quoting.shared is not None
    assert quoting.shared.source.title == "The old pond"
    assert judge.judge(FORMS["haiku"], "a wizard", "en", "Voldemort\nsleeps\nhere").blocked
    assert judge.judge(FORMS["haiku"], "a pond", "en", HAIKU, whole=False).form is None
