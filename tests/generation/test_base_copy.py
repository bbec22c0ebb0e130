"""Copies of a base share its weights, and what one of them becomes is nothing to the others."""

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from generation.base_copy import load_model, own_weights, sharing_copy
from generation.base_models import Base
from tests.retrain.small import grow_small_base


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return grow_small_base(tmp_path_factory.mktemp("bases"))


def places(model: Any) -> list[int]:
    return [weight.data_ptr() for weight in model.parameters()]


def test_a_copy_is_the_base_and_takes_no_memory_for_weights(own: Base) -> None:
    one, other = (sharing_copy(own, "cpu", torch.float32) for _ in range(2))
    expected = load_model(own, "cpu", torch.float32)
    tokens = torch.tensor([[3, 1, 2]])
    assert torch.equal(one(tokens).logits, expected(tokens).logits)
    assert one is not other
    assert places(one) == places(other)


def test_weights_that_are_tied_stay_tied(own: Base) -> None:
    copied, loaded = sharing_copy(own, "cpu", torch.float32), load_model(own, "cpu", torch.float32)
    assert len(places(copied)) == len(places(loaded))
    assert len(places(own_weights(copied))) == len(places(loaded))


def test_what_changes_weights_of_its_own_changes_no_other_copy(own: Base) -> None:
    changed, other = (
        own_weights(sharing_copy(own, "cpu", torch.float32)),
        sharing_copy(own, "cpu", torch.float32),
    )
    with torch.no_grad():
        for weight in changed.parameters():
            weight.zero_()
    assert not set(places(changed)) & set(places(other))
    assert any(bool(weight.any()) for weight in other.parameters())


@pytest.mark.skipif(sys.platform != "linux", reason="looks at what Linux has mapped")
def test_norms_are_read_from_memory_and_matrices_from_their_file(own: Base) -> None:
    copied = sharing_copy(own, "cpu", torch.float32)
    fields = [line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text().splitlines()]
    mapped = [
        range(*(int(end, 16) for end in one[0].split("-")))
        for one in fields
        if one[5:] and Path(one[5]).parent == own.folder.resolve()
    ]
    in_file = {
        (weight.dim(), any(weight.data_ptr() in place for place in mapped)) for weight in copied.parameters()
    }
    assert in_file == {(1, False), (2, True)}
