"""Every command that the documentation has one type is run here as it is quoted, or a table says why not."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from generation.versions import base_name
from tests.conftest import REPOSITORY
from tests.docs.quoted import quoted, typed
from tests.feedback.pieces import BASE, written
from tests.retrain.small import grow_small_base, write_poems
from tests.worker.command_line import rhapsode
from tests.worker.conftest import Service, environment_for
from worker.parts import Parts
from worker.settings import Settings

BESIDE_A_SERVICE = (
    'rhapsode chat --once "a haiku about rain"',
    'rhapsode chat --once "a slogan for tea" --variants 3',
    "rhapsode doctor",
    "rhapsode models list",
    "rhapsode models positions",
    "rhapsode retrain",
)
TRAINS = "rhapsode train poems.jsonl"
AFTER_A_TRAINING = {  # With what is typed into it.
    "rhapsode train poems.jsonl --method dora --epochs 5": "",
    "rhapsode models show v0003-1a2b3c4d": "",
    "rhapsode models lineage v0003-1a2b3c4d": "",
    "rhapsode models lineage 4711": "",
    "rhapsode models diff A B": "",
    "rhapsode models prune": "",
    "rhapsode models canary": "",
    "rhapsode models canary NAME --share 0.2": "",
    "rhapsode models canary --stop": "",
    "rhapsode data export --layout kto --out rated.parquet": "",
    'rhapsode data import votes.jsonl --source "our forum"': "",
    "rhapsode data show slack T0123 U0456": "",
    "rhapsode data erase slack T0123 U0456": "y\n",
    "rhapsode secrets made": "",
    "rhapsode studio password": "a long and quiet night\n",
}
ELSEWHERE = {  # Which file runs the same.
    "make up": "tests/worker/conftest.py",
    "make demo": ".ci/run",
    "make test": ".ci/run",
    "make check": "Makefile",  # As a part of `make test`.
    "make docs": "tests/docs/test_site.py",
    "rhapsode chat": "tests/worker/test_talk.py",
    'typer worker.cli utils docs --name rhapsode --title "The command line" --output docs/cli.md': (
        "tests/docs/test_site.py"
    ),
    "promtool test rules alerts.test.yml days.test.yml": "tests/deploy/test_monitoring.py",
}
NOT_HERE = {
    "rhapsode train tang.jsonl --from-scratch --in-form": (
        "wants many poems in strict form; tests/retrain/test_corpus_run.py grows a model from looser ones"
    ),
    "rhapsode train poems.jsonl --search --minutes 30": "half an hour; tests/retrain/test_search.py",
    "RHAPSODE_MODEL=home/bases/own-1a2b3c4d rhapsode up": "one more whole service",
    "cp .env.example .env": "takes the place of a developer's own settings",
    "git pull": "changes the checkout that is tested",
    "pip install 'rhapsode[tracing]'": "needs an index, and changes the environment that tests",
}
PROGRAMS_NOT_HERE = {
    "docker": "needs an engine: tests/deploy/test_typed_lines.py holds each line against deploy/verify",
    "kubectl": "needs a cluster: tests/deploy holds the manifests against the API's schemas",
    "vllm": "needs GPUs",
    "cd": "the shell's own",
    "mkdir": "the shell's own",
}


def program_not_here(line: str) -> str | None:
    return next((word for word in shlex.split(line) if word in PROGRAMS_NOT_HERE), None)


def test_every_command_that_is_typed_is_run_or_named_with_why_not() -> None:
    tables = {*BESIDE_A_SERVICE, TRAINS, *AFTER_A_TRAINING, *ELSEWHERE, *NOT_HERE}
    lines = {line for line in typed() if not program_not_here(line)}

    assert lines == tables
    assert {program_not_here(line) for line in typed()} - {None} == PROGRAMS_NOT_HERE.keys()
    assert [file for file in ELSEWHERE.values() if not (REPOSITORY / file).is_file()] == []


@pytest.mark.parametrize("line", [*BESIDE_A_SERVICE, "rhapsode models canary", "rhapsode settings"])
def test_a_command_does_its_work_beside_a_service(service: Service, line: str) -> None:
    assert shlex.split(line)[1:] in [command for _, command in quoted("rhapsode")]
    done = service.rhapsode(*shlex.split(line)[1:])

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@dataclass
class Home:
    """A home with a small model of its own, a version that was trained from it, and a reader's piece."""

    folder: Path
    environment: dict[str, str]
    names: dict[str, str]  # What stands in the documentation, and what it stands for here.

    def run(self, line: str, entered: str = "") -> CompletedProcess[str]:
        words = [self.names.get(word, word) for word in shlex.split(line)[1:]]
        return rhapsode(words, self.environment, self.folder, entered)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, base_cache: Path) -> Home:
    folder = tmp_path_factory.mktemp("learned")
    own = grow_small_base(folder / "bases")
    environment = environment_for(folder, base_cache) | {"RHAPSODE_MODEL": str(own.folder)}
    home = Home(folder, environment, {})
    write_poems(folder / "poems.jsonl")
    (folder / "made").mkdir()
    rows = (
        {"prompt": "a haiku about rain", "completion": "Rain.", "label": True},
        {"text": "Fog, and a pier."},
    )
    (folder / "votes.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = home.run(TRAINS)
    assert done.returncode == 0, done.stderr
    parts = Parts(Settings(home=folder))
    parts.store.versions.promote(base_name(own), "first")
    parts.store.versions.add(BASE)
    piece = written(parts.store, platform="slack", workspace="T0123", user="U0456")
    parts.close()
    version = done.stdout.split()[-1]
    home.names |= {"v0003-1a2b3c4d": version, "NAME": version, "B": version, "A": base_name(own)}
    home.names["4711"] = str(piece.completion_id)
    return home


@pytest.mark.parametrize(("line", "entered"), AFTER_A_TRAINING.items())
def test_a_command_does_its_work_after_a_training(learned: Home, line: str, entered: str) -> None:
    done = learned.run(line, entered)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
