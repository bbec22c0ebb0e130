"""What a training writes down reaches Weights & Biases, by its real client, without its server."""

from pathlib import Path

import pytest

from retrain.logbook import PICTURE, Logbook
from retrain.problems import NoWandb
from tests.worker.conftest import until

EPOCH = {"train_loss": 2.0, "dev_perplexity": 9.25, "test_perplexity": 9.5}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")


def kept(folder: Path) -> list[tuple[str, bytes]]:
    """What is to be synced: the id of each run, and its records."""
    return [(file.stem.removeprefix("run-"), file.read_bytes()) for file in folder.rglob("run-*.wandb")]


def test_losses_and_epochs_are_logged(tmp_path: Path) -> None:
    with Logbook(tmp_path / "run-7", {"recipe": {"rank": 4}}, "poems") as logbook:
        logbook.step(1, 2.5)
        logbook.epochs([EPOCH])
    said = (b"poems", b"rank", b"train/loss", b"2.5", b"epoch/dev_perplexity", b"9.25")
    until(lambda: all(words in kept(tmp_path)[0][1] for words in said), "its client's process has written it")
    assert len(kept(tmp_path)) == 1
    assert (tmp_path / "run-7" / PICTURE).exists()


def test_a_training_that_is_taken_up_again_is_the_same_run_and_that_of_another_home_is_not(
    tmp_path: Path,
) -> None:
    for home in ("one", "one", "other"):
        with Logbook(tmp_path / home / "run-7", {}, "poems") as logbook:
            logbook.step(1, 2.5)
    again = {run for run, _ in kept(tmp_path / "one")}
    assert len(again) == 1
    assert again.isdisjoint(run for run, _ in kept(tmp_path / "other"))


def test_without_its_package_the_operator_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(NoWandb, match="rhapsode\\[wandb\\]"):
        Logbook(tmp_path, {}, "poems")
