"""Only a checkpoint that is whole and of the same training is gone on from."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from retrain.checkpoints import Checkpoint, Checkpoints
from retrain.training_folders import forget_abandoned, identity_of


def kept(folder: Path, *steps: int, identity: str = "mine") -> Checkpoints:
    checkpoints = Checkpoints(folder, identity)
    for step in steps:
        checkpoints.keep(Checkpoint(step, {"weight": torch.full((3,), float(step))}, {"epochs": [step]}))
    return checkpoints


def test_the_newest_comes_back_as_it_was_and_old_ones_go(tmp_path: Path) -> None:
    found = kept(tmp_path, 2, 9, 10).newest()
    assert found is not None
    assert (found.step, found.facts) == (10, {"epochs": [10]})
    assert found.tensors["weight"].tolist() == [10.0] * 3
    assert len(list(tmp_path.iterdir())) == 2


def truncate(folder: Path) -> None:
    file = folder / "state.safetensors"
    file.write_bytes(file.read_bytes()[:-4])


def flip(folder: Path) -> None:
    file = folder / "state.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")


def lose_weights(folder: Path) -> None:
    (folder / "state.safetensors").unlink()


def lose_manifest(folder: Path) -> None:
    (folder / "checkpoint.json").unlink()


def break_manifest(folder: Path) -> None:
    (folder / "checkpoint.json").write_text('{"step": 1')


def empty_manifest(folder: Path) -> None:
    (folder / "checkpoint.json").write_text("[]")


@pytest.mark.parametrize(
    "spoil", [truncate, flip, lose_weights, lose_manifest, break_manifest, empty_manifest]
)
def test_a_spoiled_checkpoint_is_passed_over(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    checkpoints = kept(tmp_path, 1, 2)
    spoil(tmp_path / "step-000000002")
    found = checkpoints.newest()
    assert found is not None
    assert found.step == 1


def test_a_draft_that_a_kill_left_behind_is_nothing_and_goes(tmp_path: Path) -> None:
    (tmp_path / ".making-abc").mkdir()
    checkpoints = Checkpoints(tmp_path, "mine")
    assert checkpoints.newest() is None
    kept(tmp_path, 1)
    assert [folder.name for folder in tmp_path.iterdir()] == ["step-000000001"]


def test_another_training_is_never_gone_on_with(tmp_path: Path) -> None:
    kept(tmp_path, 5)
    assert Checkpoints(tmp_path, "other").newest() is None


def test_an_identity_follows_everything_that_it_is_of() -> None:
    assert identity_of("data", {"rank": 4}, "base") == identity_of("data", {"rank": 4}, "base")
    assert identity_of("data", {"rank": 4}, "base") != identity_of("data", {"rank": 8}, "base")


def test_what_nobody_has_gone_on_with_for_a_week_goes(tmp_path: Path) -> None:
    for name, days in (("old", 8), ("new", 6)):
        kept(tmp_path / ".training" / name, 1)
        long_ago = time.time() - days * 24 * 3600
        os.utime(tmp_path / ".training" / name, (long_ago, long_ago))
    forget_abandoned(tmp_path)
    assert [folder.name for folder in (tmp_path / ".training").iterdir()] == ["new"]
