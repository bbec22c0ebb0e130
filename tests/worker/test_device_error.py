"""If the device itself is in error the writer ends, is started again, and its prompts are written then."""

import subprocess
import sys
from dataclasses import replace
from functools import partial
from signal import SIGTERM
from typing import Any

import pytest
import torch

from feedback.store import Store
from generation.engine import EngineClosed
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.versions import LoadedVersion
from tests.conftest import REPOSITORY
from tests.deadline import DEADLINE
from tests.generation.test_engine import asked
from tests.generation.wrapped import Wrapped
from tests.worker.test_writing import accept, writing


class Broken(Wrapped):
    """The real model on a device that is in error from its first pass on."""

    def __call__(self, **_: Any) -> Any:
        raise torch.AcceleratorError("an illegal memory access was encountered")


@pytest.fixture
def died() -> list[Exception]:
    return []


@pytest.fixture
def dying(whole: LoadedVersion, died: list[Exception]) -> LocalEngine:
    broken = replace(whole.runnable, new_pass=partial(PackedPass, Broken(whole.model)))
    return LocalEngine(replace(whole, runnable=broken), on_death=died.append)


def test_a_prompt_of_an_engine_that_died_is_written_by_the_next_one(
    store: Store, whole: LoadedVersion, dying: LocalEngine, died: list[Exception]
) -> None:
    prompt_id = accept(store)
    writing(store, dying).write(prompt_id)
    assert [type(error) for error in died] == [torch.AcceleratorError]
    assert store.prompts.state(prompt_id).status == "waiting"
    with pytest.raises(EngineClosed):
        dying.submit(asked("rain"))

    healthy = LocalEngine(replace(whole, name="base"))
    writing(store, healthy).write(prompt_id)
    assert store.prompts.state(prompt_id).status == "written"
    healthy.close()


def test_a_prompt_that_ends_every_engine_is_given_up(store: Store, whole: LoadedVersion) -> None:
    prompt_id = accept(store)
    broken = replace(whole.runnable, new_pass=partial(PackedPass, Broken(whole.model)))
    for _ in range(3):
        writing(store, LocalEngine(replace(whole, runnable=broken))).write(prompt_id)
    assert store.prompts.state(prompt_id).status == "waiting"

    healthy = LocalEngine(replace(whole, name="base"))
    writing(store, healthy).write(prompt_id)
    assert store.prompts.state(prompt_id).status == "failed"
    healthy.close()


def test_a_writer_whose_engine_died_ends_as_if_it_had_been_told_to() -> None:
    code = "import time; from worker import writer; writer._exit_to_be_restarted(None); time.sleep(20)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False, timeout=DEADLINE)  # noqa: S603
    assert done.returncode == -SIGTERM  # At which Celery ends, and whoever started it begins anew.
