"""How a model can be run is found by trying, once for all versions of it."""

import pytest
import torch

from generation.packed_pass import PackedPass
from generation.runnable import runnable
from tests.generation.tiny import bare_llama


def test_a_version_of_broken_weights_does_not_slow_down_those_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("generation.runnable._found", {})
    broken = bare_llama(1)
    torch.nn.init.constant_(broken.lm_head.weight, float("nan"))
    assert not isinstance(runnable(broken).new_pass(), PackedPass)
    assert isinstance(runnable(bare_llama(2)).new_pass(), PackedPass)
    assert isinstance(runnable(bare_llama(3)).new_pass(), PackedPass)
