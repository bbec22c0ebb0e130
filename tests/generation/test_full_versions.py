"""Full weights are a version like any other, and refused for the same reasons."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from generation.base_models import Base
from generation.manifest import FILE, RefusedVersion, artifact_hash, hashes_of
from generation.packed_linear import PackedLinear
from generation.versions import base_name, load_model, load_version, write_version
from tests.retrain.small import grow_small_base

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return grow_small_base(tmp_path_factory.mktemp("bases"))


@pytest.fixture
def folder(own: Base, tmp_path: Path) -> Path:
    """A version whose weights all differ from its base's."""
    model = load_model(own, "cpu", torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    manifest = write_version(tmp_path, model=model, base=own, parent=base_name(own), lineage={}, metrics={})
    return tmp_path / manifest.name


def rehashed(folder: Path) -> Path:
    """The folder under the name that its manifest then gives it."""
    manifest = json.loads((folder / FILE).read_text())
    manifest["files"] = hashes_of(folder)
    manifest["artifact_sha256"] = artifact_hash(manifest["files"], manifest["base_sha256"])
    manifest["name"] = f"v0007-{manifest['artifact_sha256'][:8]}"
    (folder / FILE).write_text(json.dumps(manifest))
    return folder.rename(folder.parent / manifest["name"])


def weights_of(model: Any) -> dict[str, torch.Tensor]:
    """Every weight by name, be it laid out anew or not."""
    packed = {
        f"{name}.weight": module._packed.to_dense()
        for name, module in model.named_modules()
        if isinstance(module, PackedLinear)
    }
    return dict(model.state_dict()) | packed


def same(some: dict[str, torch.Tensor], others: dict[str, torch.Tensor]) -> bool:
    return some.keys() == others.keys() and all(
        torch.equal(value, others[name]) for name, value in some.items()
    )


def test_full_weights_come_back_exactly(folder: Path, own: Base) -> None:
    assert json.loads((folder / FILE).read_text())["kind"] == "full"
    loaded = load_version(folder.parent, folder.name, own, "cpu", torch.float32).model
    base = load_model(own, "cpu", torch.float32).state_dict()
    assert same(weights_of(loaded), {name: 1.5 * value for name, value in base.items()})


@pytest.mark.parametrize("method", ["full", "dora"])
def test_a_version_that_changes_weights_in_place_leaves_the_base_as_it_is(
    method: str, folder: Path, own: Base, tmp_path: Path
) -> None:
    before = load_version(tmp_path, base_name(own), own, "cpu", torch.float32).model
    if method == "dora":
        adapted = get_peft_model(
            load_model(own, "cpu", torch.float32),
            LoraConfig(use_dora=True, init_lora_weights=False, target_modules="all-linear"),
        )
        manifest = write_version(
            tmp_path, model=adapted, base=own, parent=base_name(own), lineage={}, metrics={}
        )
        folder = tmp_path / manifest.name
    changed = load_version(folder.parent, folder.name, own, "cpu", torch.float32).model
    after = load_version(tmp_path, base_name(own), own, "cpu", torch.float32).model
    weights = load_model(own, "cpu", torch.float32).state_dict()
    assert same(weights_of(before), weights)
    assert same(weights_of(after), weights)
    assert not same(weights_of(changed), weights)


def truncate(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-10])


def spoil_numbers(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    next(iter(weights.values())).view(-1)[0] = float("inf")
    save_file(weights, folder / WEIGHTS)


def narrow(folder: Path) -> None:
    cut = {key: value[..., :-1].contiguous() for key, value in load_file(folder / WEIGHTS).items()}
    save_file(cut, folder / WEIGHTS)


def drop_a_layer(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({key: value for key, value in weights.items() if ".layers.1." not in key}, folder / WEIGHTS)


def lose(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (truncate, "cannot be read"),
        (spoil_numbers, "not finite"),
        (narrow, "do not fit"),
        (drop_a_layer, "do not fit"),
        (lose, "cannot be read"),
    ],
)
def test_spoiled_weights_are_refused_even_if_the_hashes_agree(
    folder: Path, own: Base, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(folder)
    with pytest.raises(RefusedVersion, match="do not match the manifest"):
        load_version(folder.parent, folder.name, own, "cpu", torch.float32)
    folder = rehashed(folder)
    with pytest.raises(RefusedVersion, match=why):
        load_version(folder.parent, folder.name, own, "cpu", torch.float32)


def test_full_weights_of_another_base_are_refused(folder: Path, base: Base) -> None:
    with pytest.raises(RefusedVersion, match="another base"):
        load_version(folder.parent, folder.name, base, "cpu", torch.float32)


def test_an_adapter_of_a_kind_that_is_not_known_is_refused(folder: Path, own: Base) -> None:
    manifest = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps(manifest | {"kind": "lora"}))
    shutil.move(folder / WEIGHTS, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text('{"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 4}')
    folder = rehashed(folder)
    with pytest.raises(RefusedVersion, match="cannot be read"):
        load_version(folder.parent, folder.name, own, "cpu", torch.float32)
