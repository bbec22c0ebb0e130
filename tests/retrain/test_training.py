"""A real adapter on the real model learns what readers liked, and less of what they did not."""

from collections.abc import Sequence

import pytest
from peft import PeftModel

from generation.base_models import Base
from generation.versions import LoadedVersion
from retrain.config import Recipe
from retrain.dataset import Example
from retrain.objective import Likelihoods
from retrain.samples import Sample, batches, samples_from
from retrain.training import TrainingDiverged, reference_likelihoods, schedule, train
from tests.retrain.rows import example

LIKED = [example(n, theme=f"theme {n}", text=f"Rain on roof {n},\nthe kettle sings.") for n in range(6)]
DISLIKED = [example(n, liked=False, text=f"Behold the ethereal tapestry {n} of souls") for n in range(6, 12)]
RECIPE = Recipe(epochs=2, rank=4)


def likelihoods(model: PeftModel, samples: Sequence[Sample], liked: bool) -> float:
    chosen = [sample for sample in samples if sample.liked == liked]
    return sum(reference_likelihoods(Likelihoods(model), model, chosen, RECIPE))


def test_liked_pieces_become_likelier_and_disliked_ones_less_likely(base: Base, live: LoadedVersion) -> None:
    steps: list[tuple[int, int, float]] = []
    adapted = train(base, LIKED + DISLIKED, RECIPE, "cpu", lambda *step: steps.append(step))
    samples = samples_from(live.tokenizer, LIKED + DISLIKED, RECIPE.longest)
    after = [likelihoods(adapted, samples, liked) for liked in (True, False)]
    with adapted.disable_adapter():
        before = [likelihoods(adapted, samples, liked) for liked in (True, False)]
    assert after[0] > before[0]
    assert after[1] < before[1]
    assert [step for step, _, _ in steps] == list(range(1, 5))


def test_a_loss_that_is_no_number_ends_the_training(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(learning_rate=float("inf"), epochs=3, rank=2)
    with pytest.raises(TrainingDiverged, match="at step"):
        train(base, LIKED[:2], recipe, "cpu", lambda *_: None)


def test_liked_and_disliked_pieces_are_balanced_the_same_way_in_any_order(live: LoadedVersion) -> None:
    pieces: list[Example] = [*LIKED[:3], *DISLIKED]
    samples = samples_from(live.tokenizer, pieces, 768)
    assert [sample.liked for sample in samples] == [True] * 3 + [False] * 3
    assert samples == samples_from(live.tokenizer, [*LIKED[:3], *reversed(DISLIKED)], 768)


def test_pieces_that_are_too_long_are_left_out(live: LoadedVersion) -> None:
    assert samples_from(live.tokenizer, LIKED, 20) == []


def test_every_sample_is_seen_once_an_epoch() -> None:
    samples = [Sample([1] * n, [2], True, 1.0) for n in range(1, 22)]
    seen = [sample for batch in batches(samples, Recipe(epochs=1)) for sample in batch]
    assert sorted(map(len, seen)) == sorted(map(len, samples))
    assert seen == [sample for batch in batches(samples, Recipe(epochs=1)) for sample in batch]


@pytest.mark.parametrize(("step", "share"), [(1, 0.1), (10, 1.0), (100, 0.1)])
def test_the_learning_rate_warms_up_and_falls(step: int, share: float) -> None:
    assert schedule(step, 100) == pytest.approx(share)


def test_fit_needs_no_disliked_pieces(base: Base, live: LoadedVersion) -> None:
    losses: list[float] = []
    train(base, LIKED, Recipe(epochs=3, rank=4), "cpu", lambda _, __, loss: losses.append(loss))
    assert losses[-1] < losses[0]
