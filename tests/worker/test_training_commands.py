"""`rhapsode train` from the command line: a version at the end, or one line that says why not."""

import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.retrain.small import grow_small_base, write_poems
from tests.worker.command_line import rhapsode
from worker.parts import Parts
from worker.settings import Settings
from worker.training_progress import lines_of


def train(home: Path, *arguments: str, **settings: str) -> CompletedProcess[str]:
    environment = os.environ | {"RHAPSODE_HOME": str(home), **settings}
    return rhapsode(["train", *arguments], environment, home)


def test_a_corpus_becomes_a_version_that_can_be_promoted(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    file = write_poems(tmp_path / "poems.jsonl")
    done = train(
        tmp_path, str(file), "--epochs", "2", "--learning-rate", "0.01", RHAPSODE_MODEL=str(own.folder)
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "epoch 1/2  train loss" in said
    assert "epoch 2/2" in said
    assert "dev perplexity" in said
    name = said.split()[-1]
    parts = Parts(Settings(home=tmp_path))
    assert parts.store.versions.get(name).kind == "lora"
    (run,) = parts.store.runs.latest(1)
    assert run.config["corpus"]["recipe"]["layers"] == 1
    assert (tmp_path / "models" / name / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("content", "why"), [(None, "there is no"), ('{"a": 1}', "no text"), ('{"text": "one"}', "8 are needed")]
)
def test_what_cannot_be_learned_from_is_said_in_one_line_and_leaves_no_run(
    tmp_path: Path, content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "poems.jsonl").write_text(content)
    done = train(tmp_path, "poems.jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "rhapsode.db").exists()


def test_an_epoch_is_a_line() -> None:
    epoch = {"train_loss": 2.5, "dev_perplexity": 11.0, "test_perplexity": 12.25, "minutes": 1.0}
    assert lines_of({"before": 20, "epochs": [epoch], "of_epochs": 3}) == [
        "before      test perplexity 20.00",
        "epoch 1/3  train loss 2.500  dev perplexity 11.00  test perplexity 12.25",
    ]
    assert lines_of({"stage": "reading"}) == []


def test_two_processes_train_one_model_together(tmp_path: Path) -> None:
    own = grow_small_base(tmp_path / "bases")
    file = write_poems(tmp_path / "poems.jsonl")
    both = {"RHAPSODE_MODEL": str(own.folder), "RHAPSODE_TRAIN_PROCESSES": "2"}
    done = train(tmp_path, str(file), "--epochs", "1", "--learning-rate", "0.01", **both)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "models" / done.stdout.split()[-1] / "manifest.json").is_file()
    assert not list((tmp_path / "run").iterdir())  # The job, which holds secrets, is gone.
