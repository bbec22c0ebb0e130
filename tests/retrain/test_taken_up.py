"""A run that died goes on as the same run: with its rows, its drafts, its steps and its examinations."""

from dataclasses import replace
from datetime import timedelta
from math import nan
from pathlib import Path
from typing import Any

import pytest

from feedback.store import Store
from feedback.tables import now
from generation.base_models import Base
from generation.manifest import base_name, read_verified
from generation.originality import Corpus, Document, Originality
from retrain.config import Rehearsal
from retrain.dataset_build import build
from retrain.examinations import Examinations, Examined
from retrain.manifest import dataset_manifest
from retrain.outcome import Orphaned, Outcome
from retrain.place import Place
from retrain.readers import plain_spoken
from retrain.run import run
from retrain.selection import Selection
from retrain.series import Series
from retrain.yardsticks import Yardsticks
from tests.retrain.conftest import rate_pieces
from tests.retrain.test_run import SMALL

# Many are held out, so that few suffice to prove the critic.
CONFIG = replace(
    SMALL, selection=Selection(heldout_buckets=500), rehearsal=Rehearsal(prompts=3, drafts=2, batch=4)
)
Told = dict[str, Any]


class Runs:
    """One run on rated pieces, in one process after another."""

    def __init__(self, store: Store, base: Base, folder: Path) -> None:
        self.store, self.base, self.models = store, base, folder / "models"
        self.poems = Originality(folder / "originality")
        self.register("hymns")
        rate_pieces(store, base_name(base), 48)
        self.run_id = store.runs.enqueue(CONFIG.as_dict())

    def register(self, name: str) -> None:
        texts = [f"{name}: an old song, no. {number},\nsung by those before us." for number in range(40)]
        self.poems.add(Corpus(name, "public domain"), [Document(text) for text in texts])

    def until(self, dies: Any = lambda _: False) -> tuple[Outcome | None, list[Told]]:
        """The outcome, and all that was told; None if the process died when something was told."""
        seen: list[Told] = []

        def progress(told: Told) -> None:
            seen.append(told)
            if dies(told):
                raise Orphaned("its trainer is gone")

        fence = str(now())
        self.store.runs.take_over(self.run_id, fence, timedelta(0))
        try:
            outcome = run(
                self.store, self.models, self.base, CONFIG, run_id=self.run_id, fence=fence,
                reader=plain_spoken, progress=progress, place=Place(keep_every=0),
                yardsticks=Yardsticks(originality=self.poems),
            )  # fmt: skip
        except Orphaned:
            return None, seen
        return outcome, seen

    @property
    def snapshot(self) -> int | None:
        return self.store.runs.get(self.run_id).snapshot_id


@pytest.fixture
def runs(tiny_store: Store, tiny_base: Base, tmp_path: Path) -> Runs:
    return Runs(tiny_store, tiny_base, tmp_path)


def stages(seen: list[Told], stage: str) -> list[Told]:
    return [told for told in seen if told["stage"] == stage]


def test_a_run_killed_in_training_goes_on_with_its_drafts_and_steps(runs: Runs) -> None:
    died, seen = runs.until(lambda told: told["stage"] == "training" and told["step"] == 2)
    assert died is None
    assert len(stages(seen, "rehearsing")) == 7  # Six drafts, and before the first.
    snapshot = runs.snapshot
    change_everything_since(runs)

    outcome, seen = runs.until()
    assert outcome is not None
    assert runs.snapshot == snapshot
    assert [told["drafts"] for told in stages(seen, "rehearsing")] == [6]  # None was written anew.
    steps = [told["step"] for told in stages(seen, "training") if told["step"]]
    assert steps[0] in (2, 3)
    manifest = read_verified(runs.models, str(outcome.candidate), runs.base)
    assert len(manifest.lineage["rehearsed"]) == 3
    assert not list(runs.models.glob(".training/*/drafts.json"))
    assert not list(runs.models.glob(".training/*/step-*"))


def change_everything_since(runs: Runs) -> None:
    """As readers and operators do while a run is away."""
    for vote in list(runs.store.lessons.votes(now()))[:5]:
        runs.store.ratings.rate("terminal", "", "ann", vote.completion_id, -vote.value, "button")
    runs.register("psalms")


def test_an_examination_that_was_sat_is_not_sat_again(runs: Runs) -> None:
    died, seen = runs.until(lambda told: told.get("role") == "candidate")
    assert died is None
    assert {told["role"] for told in stages(seen, "evaluating")} == {"champion", "candidate"}
    outcome, seen = runs.until()
    assert outcome is not None
    assert outcome.verdict is not None, outcome.reasons
    assert {told["role"] for told in stages(seen, "evaluating")} == {"candidate"}


def test_whoever_is_erased_while_a_run_is_away_is_out_of_what_it_goes_on_with(runs: Runs) -> None:
    for vote in list(runs.store.lessons.votes(now()))[::2]:
        runs.store.ratings.rate("terminal", "", "bob", vote.completion_id, vote.value, "button")
    assert runs.until(lambda told: told["stage"] == "training" and told["step"] == 2)[0] is None
    snapshot = runs.snapshot
    runs.store.erasure.erase("terminal", "", "bob")
    outcome, _ = runs.until()
    assert outcome is not None
    assert outcome.status == "promoted", outcome.reasons
    assert runs.snapshot != snapshot  # Bob's opinions are gone from its weights.


def test_an_examination_is_found_as_it_was_kept_and_by_nothing_else(tmp_path: Path) -> None:
    examined = Examined(
        {"perplexity": Series("perplexity", ("a", "b"), (1.5, nan), (2.0, 3.0), logarithmic=True)},
        ((("haiku", "rain", "en"), "Rain,\n雨"),),
    )
    kept = Examinations(tmp_path, "cpu")
    kept.keep("v1", "suite", examined)
    assert repr(kept.find("v1", "suite")) == repr(examined)
    assert kept.find("v1", "another") is kept.find("v2", "suite") is None
    assert Examinations(tmp_path, "cuda:1").find("v1", "suite") is None


def test_a_cutoff_gives_the_same_manifest_whatever_readers_change_later(runs: Runs) -> None:
    selection, cutoff = CONFIG.selection, now()

    def manifest() -> bytes:
        return dataset_manifest(build(runs.store.lessons, selection, cutoff), selection)

    before = manifest()
    change_everything_since(runs)
    assert manifest() == before
