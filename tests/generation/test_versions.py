"""Only a version about which everything matches is loaded."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from generation.base_copy import _kept
from generation.base_models import Base, NotAModel, prepare_base
from generation.manifest import FILE, RefusedVersion, artifact_hash, hashes_of
from generation.versions import (
    LoadedVersion,
    base_name,
    load_model,
    load_version,
    verify_version,
    write_version,
)

PROMPT = torch.tensor([[1, 2, 3]])
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="session")
def written(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models that holds one small adapter, with weights that change what is written."""
    models = tmp_path_factory.mktemp("written")
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    adapted = get_peft_model(load_model(base, "cpu", torch.float32), config)
    manifest = write_version(models, model=adapted, base=base, parent=base_name(base), lineage={}, metrics={})
    (models / "name").write_text(manifest.name)
    return models


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    """A copy of that version's folder, to spoil."""
    name = (written / "name").read_text()
    shutil.copytree(written / name, tmp_path / name)
    return tmp_path / name


def rehashed(folder: Path) -> None:
    """Make the manifest agree with spoiled files, so that only the content is wrong."""
    manifest = json.loads((folder / FILE).read_text())
    manifest["files"] = hashes_of(folder)
    manifest["artifact_sha256"] = artifact_hash(manifest["files"], manifest["base_sha256"])
    (folder / FILE).write_text(json.dumps(manifest))


def test_a_version_that_matches_is_loaded_and_differs_from_its_base(copy: Path, base: Base) -> None:
    adapted = load_version(copy.parent, copy.name, base, "cpu", torch.float32)
    plain = load_version(copy.parent, base_name(base), base, "cpu", torch.float32)
    assert not torch.allclose(adapted.model(PROMPT).logits, plain.model(PROMPT).logits)


def test_a_version_holds_no_path_of_the_machine_that_made_it(copy: Path, base: Base) -> None:
    assert str(base.folder) not in "".join(file.read_text() for file in copy.glob("*.json"))


def truncate(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])


def truncate_and_rehash(folder: Path) -> None:
    truncate(folder)
    rehashed(folder)


def spoil_numbers(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    next(iter(weights.values()))[0, 0] = float("nan")
    save_file(weights, folder / WEIGHTS)
    rehashed(folder)


def overflow(folder: Path) -> None:
    """Every number is one; what they multiply to is none."""
    weights = load_file(folder / WEIGHTS)
    save_file({key: torch.full_like(value, 1e30) for key, value in weights.items()}, folder / WEIGHTS)
    rehashed(folder)


def narrow(folder: Path) -> None:
    save_file(
        {key: value[..., :-1].contiguous() for key, value in load_file(folder / WEIGHTS).items()},
        folder / WEIGHTS,
    )
    rehashed(folder)


def widen(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({key: torch.cat([value, value], dim=-1) for key, value in weights.items()}, folder / WEIGHTS)
    rehashed(folder)


def deepen(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    more = {key.replace(".layers.0.", ".layers.99."): value.clone() for key, value in weights.items()}
    save_file(weights | more, folder / WEIGHTS)
    rehashed(folder)


def drop_layers(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({key: value for key, value in weights.items() if ".layers.0." not in key}, folder / WEIGHTS)
    rehashed(folder)


def lose_manifest(folder: Path) -> None:
    (folder / FILE).unlink()


def break_manifest(folder: Path) -> None:
    (folder / FILE).write_text("{")


def add_file(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(b"anything")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (truncate, "do not match the manifest"),
        (truncate_and_rehash, "cannot be read"),
        (spoil_numbers, "not finite"),
        (overflow, "makes weights that are not finite"),
        (narrow, "does not fit"),
        (widen, "does not fit"),
        (deepen, "does not fit"),
        (drop_layers, "does not fit"),
        (lose_manifest, "no manifest"),
        (break_manifest, "cannot be read"),
        (add_file, "do not match the manifest"),
    ],
)
def test_a_spoiled_version_is_refused_and_the_live_one_stays_what_it_is_to_the_last_bit(
    copy: Path, base: Base, live: LoadedVersion, spoil: Callable[[Path], None], why: str
) -> None:
    before = live.model(PROMPT).logits
    spoil(copy)
    with pytest.raises(RefusedVersion, match=why):
        load_version(copy.parent, copy.name, base, "cpu", torch.float32)
    with pytest.raises(RefusedVersion, match=why):
        verify_version(copy.parent, copy.name, base)
    assert torch.equal(live.model(PROMPT).logits, before)


def test_a_version_is_verified_in_the_memory_of_one_model_and_as_strictly(copy: Path, base: Base) -> None:
    kept = _kept.cache_info()
    verify_version(copy.parent, copy.name, base)
    verify_version(copy.parent, base_name(base), base)
    assert _kept.cache_info() == kept


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("sha256", "another base"),
        ("tokenizer_sha256", "another tokenizer"),
        ("template_sha256", "another chat"),
    ],
)
def test_a_version_of_another_base_is_refused(copy: Path, base: Base, field: str, why: str) -> None:
    other: dict[str, Any] = {field: "0" * 64}
    with pytest.raises(RefusedVersion, match=why):
        load_version(copy.parent, copy.name, replace(base, **other), "cpu", torch.float32)


def test_a_version_under_another_name_is_refused(copy: Path, base: Base) -> None:
    copy.rename(copy.parent / "v0009-00000000")
    with pytest.raises(RefusedVersion, match="is that of"):
        load_version(copy.parent, "v0009-00000000", base, "cpu", torch.float32)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotAModel, match=r"no config\.json"):
        prepare_base(str(tmp_path), tmp_path / "cache")
