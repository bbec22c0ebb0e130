"""A real adapter on the real model learns what readers liked, and less of what they did not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from generation.base_models import Base
from generation.versions import LoadedVersion, base_name, load_version, write_version
from retrain.dataset import Dataset, Example, Pair, Replay
from retrain.demonstrations import sha256_of_text
from retrain.likelihoods import Likelihoods
from retrain.loop import TrainingDiverged, schedule
from retrain.objective_choice import Objective
from retrain.recipe import Recipe
from retrain.samples import Unit, units_from
from retrain.training import NothingFits, reference_likelihoods, train
from tests.retrain.rows import dataset_of, example, own_text, vote

LIKED = [example(n, form="poem", text=f"Rain on roof {n},\nthe kettle sings.") for n in range(4)]
DISLIKED = [
    example(n, form="poem", liked=False, text=f"Behold the ethereal tapestry {n} of souls")
    for n in range(4, 8)
]
PAIRS = tuple(
    Pair(
        better.completion_id,
        worse.completion_id,
        *better.asked,
        better.text,
        worse.text,
        1.0,
        "train",
        (),
    )
    for better, worse in zip(LIKED, DISLIKED, strict=True)
)
REPLAY = (Replay("hymns", "Evening", "en", "The day is past and over.", "0", "train"),)
DATASET = Dataset((*LIKED, *DISLIKED), PAIRS, REPLAY)
FEW = Dataset((LIKED[0], DISLIKED[0]), PAIRS[:1], REPLAY)
RECIPE = Recipe(objective="kto", epochs=2, rank=4)


def likely(likelihoods: Likelihoods, judged: list[Unit]) -> list[float]:
    """What is liked, and what is not."""
    with torch.no_grad():
        found, _ = likelihoods([sample for (sample,) in judged])
    rows = list(zip(judged, found.tolist(), strict=True))
    return [sum(value for (sample,), value in rows if sample.liked == liked) for liked in (True, False)]


def judged_in(version: LoadedVersion) -> list[Unit]:
    units = units_from(version.tokenizer, FEW, "kto", RECIPE.longest)
    return [unit for unit in units if unit[0].part == "judged"]


@pytest.mark.parametrize("objective", ["sft", "kto", "dpo"])
def test_each_objective_ends_in_a_version_that_writes_what_was_liked(
    objective: Objective, base: Base, live: LoadedVersion, tmp_path: Path
) -> None:
    seen: list[int] = []
    recipe = replace(RECIPE, objective=objective, epochs=1)
    trained, course = train(base, FEW, recipe, "cpu", lambda step, _, __: seen.append(step))
    likelihoods, judged = Likelihoods(trained), judged_in(live)
    after = likely(likelihoods, judged)
    references = reference_likelihoods(likelihoods, trained, judged)
    with trained.disable_adapter():
        before = likely(likelihoods, judged)
    assert references == pytest.approx(before, rel=1e-3)
    gains = [now - then for now, then in zip(after, before, strict=True)]
    assert gains[0] > max(0, gains[1])
    assert seen == [course.step] == [1]
    manifest = write_version(
        tmp_path, model=trained, base=base, parent=base_name(base), lineage={}, metrics={}
    )
    load_version(tmp_path, manifest.name, base, "cpu", torch.float32)


@pytest.mark.parametrize(
    ("pieces", "epochs"), [(0, 2), (1, 2), (300, 2), (301, 1), (600, 1), (5000, 1)], ids=str
)
def test_few_pieces_are_read_again_and_many_are_not(pieces: int, epochs: int) -> None:
    assert Recipe(epochs=2, enough=600).for_pieces(pieces).epochs == epochs


def test_no_epoch_is_begun_once_enough_was_read(tiny_base: Base) -> None:
    _, course = train(tiny_base, DATASET, replace(RECIPE, epochs=3, enough=9), "cpu", lambda *_: None)
    assert len(course.epochs) == 1


def test_a_loss_that_is_no_number_ends_the_training(tiny_base: Base) -> None:
    recipe = Recipe(learning_rate=float("inf"), epochs=3, rank=2)
    with pytest.raises(TrainingDiverged, match="at step"):
        train(tiny_base, Dataset(tuple(LIKED[:2])), recipe, "cpu", lambda *_: None)


def test_liked_and_disliked_pieces_are_balanced_the_same_way_in_any_order(live: LoadedVersion) -> None:
    pieces: list[Example] = [*LIKED[:3], *DISLIKED]
    units = units_from(live.tokenizer, Dataset(tuple(pieces)), "kto", 768)
    assert [unit[0].liked for unit in units] == [True] * 3 + [False] * 3
    turned = Dataset((*LIKED[:3], *reversed(DISLIKED)))
    assert units == units_from(live.tokenizer, turned, "kto", 768)


@pytest.mark.parametrize("disliked", [1, 3, 4])
def test_the_weights_of_both_kinds_stay_within_the_bounds_of_kto(live: LoadedVersion, disliked: int) -> None:
    dataset = Dataset((*LIKED, *DISLIKED[:disliked]))
    samples = [unit[0] for unit in units_from(live.tokenizer, dataset, "kto", 768)]
    good, bad = (sum(s.weight for s in samples if s.liked == liked) for liked in (True, False))
    assert 1 - 1e-9 <= good / bad <= 4 / 3 + 1e-9


@pytest.mark.parametrize("kind", [True, False])
def test_what_is_too_long_is_left_out_before_the_rest_is_weighed(kind: bool, live: LoadedVersion) -> None:
    long = [
        replace(example(90 + n, liked=kind, theme=f"long {n}"), text="word " * 200, weight=3.0)
        for n in range(3)
    ]
    with_long, without = (
        units_from(live.tokenizer, Dataset((*LIKED, *DISLIKED, *more)), "kto", 150) for more in (long, ())
    )
    assert with_long == without


def share_of(reader: str, units: list[Unit], version: LoadedVersion) -> float:
    """Of the weight of what is disliked, or of the pairs; the texts name their readers."""
    worse = [sample for unit in units for sample in unit if not sample.liked]
    mine = [sample for sample in worse if f"reader {reader}:" in version.tokenizer.decode(sample.completion)]
    return sum(sample.weight for sample in mine) / sum(sample.weight for sample in worse)


def test_a_reader_who_dislikes_everything_holds_their_share_of_what_is_trained(live: LoadedVersion) -> None:
    """Though their texts have the lowest hashes."""
    by_one = sorted((f"reader 99: {own_text(n, None)}" for n in range(100, 1000)), key=sha256_of_text)[:180]
    by_all = [f"reader {1 + n % 20}: {own_text(n, None)}" for n in range(60)]  # 40 of them are liked.
    texts = dict(enumerate([*by_all, *by_one]))
    rated = [
        vote(n, 1.0 if n < 40 else -1.0, reader=1 + n % 20 if n < 60 else 99, theme=f"theme {n}", bucket=999)
        for n in texts
    ]
    dataset = dataset_of(rated, texts=texts)
    assert dataset.counts.disliked == 200
    units = units_from(live.tokenizer, dataset, "kto", 768)
    assert len(units) == 80
    assert 0 < share_of("99", units, live) <= 0.1 + 1e-6


@pytest.mark.parametrize("objective", ["kto", "dpo"])
def test_what_is_too_long_counts_for_nobody_s_share(objective: Objective, live: LoadedVersion) -> None:
    """Of 40 readers 20 are left, and one of these had a tenth of the weight of all."""
    rated = [
        example(n, reader=n, liked=False, text=f"reader {n}: {'word ' * (200 * (n < 20))}") for n in range(40)
    ]
    rated.append(example(99, reader=99, liked=False, text="reader 99: No.", weight=40 / 9))
    pairs = [
        replace(PAIRS[0], rejected=one.text, weight=one.weight, owners=one.owners) for one in rated
    ]  # fmt: skip
    liked = [example(100 + n, reader=n) for n in range(50)]
    units = units_from(live.tokenizer, Dataset((*liked, *rated), tuple(pairs)), objective, 150)
    assert share_of("99", units, live) == pytest.approx(0.1)


def test_pairs_share_a_prompt_and_come_with_what_readers_and_others_wrote(live: LoadedVersion) -> None:
    own = example(20, theme="a pier", text="My own lines,\nlaid down.")
    dataset = replace(DATASET, examples=(replace(own, kind="demonstration"),))
    units = units_from(live.tokenizer, dataset, "dpo", 768)
    assert [len(unit) for unit in units] == [2] * 4 + [1, 1]
    assert all(better.prompt == worse.prompt for better, worse in units[:4])
    assert [unit[0].part for unit in units[4:]] == ["written", "written"]


def test_only_what_was_drawn_counts_at_the_temperature_of_the_drawing(live: LoadedVersion) -> None:
    rewritten, chosen = replace(PAIRS[0], kind="demonstration"), PAIRS[1]
    units = units_from(live.tokenizer, Dataset((), (rewritten, chosen)), "dpo", 768)
    (own, replaced), (better, worse) = units
    assert own.temperature == 1.0
    assert replaced.temperature == better.temperature == worse.temperature < 1.0


def test_pieces_that_are_too_long_are_left_out(tiny_base: Base, live: LoadedVersion) -> None:
    assert units_from(live.tokenizer, DATASET, "kto", 20) == []
    with pytest.raises(NothingFits, match="more than 20"):
        train(tiny_base, DATASET, replace(RECIPE, longest=20), "cpu", lambda *_: None)


@pytest.mark.parametrize(("step", "share"), [(1, 0.1), (10, 1.0), (100, 0.1)])
def test_the_learning_rate_warms_up_and_falls(step: int, share: float) -> None:
    assert schedule(step, 100) == pytest.approx(share)
