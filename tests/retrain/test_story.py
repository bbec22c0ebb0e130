"""A run's row holds where it is, and what it has told before."""

from itertools import pairwise

from retrain.story import Story, samples_of

OWN, OURS = ("haiku", "fog", "en"), ("poem", "rain", "en")


def test_what_lasts_is_told_on() -> None:
    story = Story()
    story.told({"stage": "reading", "left_out": {"follow-up": 2}})
    story.told({"stage": "training", "step": 1, "loss": 2.0})

    told = story.told({"stage": "evaluating", "role": "champion"})

    assert told == {
        "stage": "evaluating",
        "role": "champion",
        "left_out": {"follow-up": 2},
        "losses": [(1, 2.0)],
    }


def test_a_long_curve_keeps_its_shape_and_not_its_length() -> None:
    story = Story()
    for step in range(1, 5001):
        told = story.told({"stage": "training", "step": step, "loss": 1 / step})

    steps = [step for step, _ in told["losses"]]
    assert 80 <= len(steps) <= 160
    assert steps[0] == 1
    assert steps[-1] > 4900
    assert len({after - before for before, after in pairwise(steps)}) == 1


def test_only_what_was_written_for_our_own_prompts_is_shown() -> None:
    before, after = [(OURS, "a reader's"), (OWN, "old")], [(OURS, "a reader's, again"), (OWN, "new")]

    assert samples_of(before, after, [OWN]) == [{"asked": "haiku about fog", "before": "old", "after": "new"}]
