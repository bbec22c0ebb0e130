"""Only a version about which everything matches is loaded."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from generation import version_weights
from generation.base_copy import _kept
from generation.base_models import Base, NotAModel, prepare_base
from generation.engine import CannotLoadNow
from generation.errand import Slices
from generation.manifest import FILE, RefusedVersion, artifact_hash, hashes_of, read_verified
from generation.versions import (
    LoadedVersion,
    base_name,
    load_model,
    load_version,
    verify_version,
    write_version,
)

T = TypeVar("T")

PROMPT = torch.tensor([[1, 2, 3]])
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


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


def rewritten(folder: Path, **fields: Any) -> None:
    manifest = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps(manifest | fields))


def rehashed(folder: Path) -> None:
    """Make manifest and name agree with spoiled files, so that only the content is wrong."""
    files = hashes_of(folder)
    artifact = artifact_hash(files, json.loads((folder / FILE).read_text())["base_sha256"])
    name = f"v0007-{artifact[:8]}"
    rewritten(folder, name=name, files=files, artifact_sha256=artifact)
    folder.rename(folder.parent / name)


def reconfigured(folder: Path, **fields: Any) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | fields))
    rehashed(folder)


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


def overflow_both_ways(folder: Path) -> None:
    """Infinite products of both signs: their sum is no number."""
    weights = {key: torch.full_like(value, 1e30) for key, value in load_file(folder / WEIGHTS).items()}
    for key, value in weights.items():
        if "lora_B" in key:
            value[:, ::2] *= -1
    save_file(weights, folder / WEIGHTS)
    rehashed(folder)


def overflow_once(folder: Path) -> None:
    """In one weight of all."""
    weights = load_file(folder / WEIGHTS)
    first = next(key.removesuffix("lora_A.weight") for key in sorted(weights) if "lora_A" in key)
    weights[f"{first}lora_A.weight"][0, 1] = weights[f"{first}lora_B.weight"][2, 0] = -1e30
    save_file(weights, folder / WEIGHTS)
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


def add_folder(folder: Path) -> None:
    (folder / "more").mkdir()


def add_pipe(folder: Path) -> None:
    os.mkfifo(folder / "endless")


def make_the_manifest_a_pipe(folder: Path) -> None:
    lose_manifest(folder)
    os.mkfifo(folder / FILE)


def make_it_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def lose_itself(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")


def name_no_files(folder: Path) -> None:
    rewritten(folder, files=None)


def name_itself_by_a_number(folder: Path) -> None:
    rewritten(folder, name=7)


def scale_by_nothing(folder: Path) -> None:
    reconfigured(folder, lora_alpha=None)


def divide_by_nothing(folder: Path) -> None:
    reconfigured(folder, r=0)


def be_of_an_exotic_kind(folder: Path) -> None:
    reconfigured(folder, init_lora_weights="eva")


def replicate_layers_that_are_not_there(folder: Path) -> None:
    reconfigured(folder, layer_replication=[[0, 99]])


def aim_by_a_broken_pattern(folder: Path) -> None:
    reconfigured(folder, target_modules="(")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (truncate, "do not match the manifest"),
        (truncate_and_rehash, "cannot be read"),
        (spoil_numbers, "not finite"),
        (overflow, "makes weights that are not finite"),
        (overflow_both_ways, "makes weights that are not finite"),
        (overflow_once, "makes weights that are not finite"),
        (narrow, "does not fit"),
        (widen, "does not fit"),
        (deepen, "does not fit"),
        (drop_layers, "does not fit"),
        (lose_manifest, "no manifest"),
        (break_manifest, "cannot be read"),
        (add_file, "do not match the manifest"),
        (add_folder, "no plain file: more"),
        (add_pipe, "no plain file: endless"),
        (make_the_manifest_a_pipe, "no plain file: manifest.json"),
        (make_it_a_file, r"cannot be read \(NotADirectoryError"),
        (lose_itself, r"cannot be read \(FileNotFoundError"),
        (name_no_files, "cannot be read"),
        (name_itself_by_a_number, "cannot be read"),
        (scale_by_nothing, "cannot be put together"),
        (divide_by_nothing, "does not fit|cannot be"),
        (be_of_an_exotic_kind, "cannot be"),
        (replicate_layers_that_are_not_there, "cannot be"),
        (aim_by_a_broken_pattern, "cannot be"),
    ],
)
def test_a_spoiled_version_is_refused_and_the_live_one_stays_what_it_is_to_the_last_bit(
    copy: Path, base: Base, live: LoadedVersion, spoil: Callable[[Path], None], why: str
) -> None:
    before, models = live.model(PROMPT).logits, copy.parent
    spoil(copy)
    name = next((found.name for found in models.glob("v*")), copy.name)
    with pytest.raises(RefusedVersion, match=why):
        load_version(models, name, base, "cpu", torch.float32)
    with pytest.raises(RefusedVersion, match=why):
        verify_version(models, name, base)
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


def test_another_artifact_under_the_name_of_one_is_refused(copy: Path, base: Base) -> None:
    name, models = copy.name, copy.parent
    reconfigured(copy, lora_alpha=99)
    (other,) = models.glob("v*")
    rewritten(other, name=name)
    other.rename(models / name)
    with pytest.raises(RefusedVersion, match="that of another artifact"):
        load_version(models, name, base, "cpu", torch.float32)


def test_another_artifact_than_the_database_knows_is_refused(copy: Path, base: Base) -> None:
    recorded = json.loads((copy / FILE).read_text())["artifact_sha256"]
    read_verified(copy.parent, copy.name, base, recorded)
    with pytest.raises(RefusedVersion, match="than the database knows"):
        load_version(copy.parent, copy.name, base, "cpu", torch.float32, artifact="0" * 64)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory"), MemoryError(), OSError(5, "Input/output error")],
)
def test_want_of_memory_or_a_failing_disk_refuses_nothing(copy: Path, base: Base, error: Exception) -> None:
    def fail(work: Slices[T]) -> T:
        raise error

    with pytest.raises(CannotLoadNow):
        load_version(copy.parent, copy.name, base, "cpu", torch.float32, fail)


def test_a_disk_that_fails_under_the_weights_refuses_nothing(
    copy: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> dict[str, torch.Tensor]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(version_weights, "load_file", fail)
    with pytest.raises(CannotLoadNow, match="Input/output error"):
        load_version(copy.parent, copy.name, base, "cpu", torch.float32)


def test_a_version_of_before_the_merges_were_hashed_is_still_accepted_and_a_new_one_holds_to_them(
    copy: Path, base: Base, tmp_path: Path
) -> None:
    folder = tmp_path / "with merges"
    shutil.copytree(base.folder, folder, copy_function=os.symlink)
    (folder / "merges.txt").write_text("a b")
    with_merges = prepare_base(str(folder), tmp_path)
    read_verified(copy.parent, copy.name, with_merges)
    rewritten(copy, tokenizer_sha256=with_merges.tokenizer_sha256)
    read_verified(copy.parent, copy.name, with_merges)
    (folder / "merges.txt").write_text("b a")
    with pytest.raises(RefusedVersion, match="another tokenizer"):
        read_verified(copy.parent, copy.name, prepare_base(str(folder), tmp_path))


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotAModel, match=r"no config\.json"):
        prepare_base(str(tmp_path), tmp_path / "cache")
