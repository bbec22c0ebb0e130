"""`RHAPSODE_ENGINE=openai`: a service whose writer holds no model, on a fake vLLM."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generation.base_models import Base, named_base
from generation.manifest import (
    Manifest,
    RefusedVersion,
    artifact_hash,
    base_manifest,
    base_name,
    hashes_of,
    write,
)
from retrain.version_row import version_row
from tests.conftest import REPOSITORY
from tests.fakes.vllm import BASE, KEY, FakeVllm
from tests.worker.conftest import Service, start, stop, until
from worker.doctor import examine
from worker.engines import running_engine, verify
from worker.parts import Parts
from worker.problems import CannotStart, NotYet
from worker.settings import BadSettings, Settings, load_settings


@pytest.fixture
def vllm() -> Iterator[FakeVllm]:
    with FakeVllm() as server:
        yield server
    assert server.wrongs == []


def parts_on(home: Path, url: str, **more: Any) -> Parts:
    values = {"openai_url": url, "openai_model": BASE, "openai_api_key": KEY} | more
    return Parts(Settings(home=home, engine="openai", **values))


def adapter_of(base: Base, models: Path, number: int = 1) -> Manifest:
    """A version folder that holds what its manifest says; what the weights are, only a model would know."""
    draft = models / "draft"
    draft.mkdir(parents=True)
    (draft / "adapter_config.json").write_text("{}")
    (draft / "adapter_model.safetensors").write_bytes(f"weights {number}".encode())
    files = hashes_of(draft)
    artifact = artifact_hash(files, base.sha256)
    manifest = Manifest(
        name=f"v{number:04d}-{artifact[:8]}", kind="lora", base_id=base.id, base_sha256=base.sha256,
        files=files, tokenizer_sha256=base.tokenizer_sha256, template_sha256=base.template_sha256,
        artifact_sha256=artifact, parent=base_name(base),
    )  # fmt: skip
    write(draft, manifest)
    draft.rename(models / manifest.name)
    return manifest


def promote(parts: Parts, number: int = 1) -> str:
    base = named_base(BASE)
    manifest = adapter_of(base, parts.settings.models, number)
    for one in (base_manifest(base), manifest):
        parts.store.versions.add(version_row(one))
    parts.store.versions.promote(manifest.name, "test")
    return manifest.name


@pytest.fixture
def service(base: Base, base_cache: Path, vllm: FakeVllm, tmp_path: Path) -> Iterator[Service]:
    settings = {
        "ENGINE": "openai", "OPENAI_URL": vllm.url, "OPENAI_MODEL": BASE, "OPENAI_API_KEY": KEY,
        "MODEL": base.id,
    }  # fmt: skip
    lines = [f"RHAPSODE_{name}={value}\n" for name, value in settings.items()]
    (tmp_path / ".env").write_text("".join(lines))
    running = start(tmp_path, base_cache)
    yield running
    assert stop(running) == []


def test_a_prompts_whole_way_through_a_server(service: Service, vllm: FakeVllm, base: Base) -> None:
    first = service.chat("a poem about rain")
    assert (first["text"], first["model_version"]) == (vllm.text, base_name(base))

    vllm.faults.extend(["503"] * 5)  # More than one text's tries: the prompt goes back to waiting.
    assert service.chat("a poem about bread")["text"] == vllm.text

    adapter = adapter_of(base, service.home / "models")
    service.parts.store.versions.add(version_row(adapter))
    assert service.rhapsode("models", "promote", adapter.name).returncode == 0
    until(lambda: service.said(f'"now": "{adapter.name}"'), "the swap")
    assert service.chat("a poem about an owl")["model_version"] == adapter.name
    assert "loads adapters at run time" in service.rhapsode("doctor").stdout
    assert not service.said(KEY)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "RHAPSODE_OPENAI_URL is not set: RHAPSODE_ENGINE is openai, see docs/engines.md"),
        (
            {"OPENAI_URL": "http://h/v1", "OPENAI_MODEL": ""},
            "RHAPSODE_OPENAI_MODEL is not set: RHAPSODE_ENGINE is openai, see docs/engines.md",
        ),
        ({"OPENAI_URL": "h:8000"}, "RHAPSODE_OPENAI_URL is 'h:8000': allowed is an address that begins with"),
    ],
)
def test_half_an_engine_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, values: dict[str, str], line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ({"ENGINE": "openai"} | values).items():
        monkeypatch.setenv(f"RHAPSODE_{name}", value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    assert str(refused.value).startswith(line)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"openai_api_key": "hush"}, r"RHAPSODE_OPENAI_API_KEY: the server refuses the key \(401\)"),
        ({"openai_model": "org/other"}, "RHAPSODE_OPENAI_MODEL is 'org/other': the server does not know"),
        ({"openai_url": "http://host:port/v1"}, "RHAPSODE_OPENAI_URL: the server's address cannot be used"),
    ],
)
def test_a_start_that_cannot_succeed_says_which_setting_is_wrong(
    vllm: FakeVllm, tmp_path: Path, more: dict[str, str], line: str
) -> None:
    with pytest.raises(CannotStart, match=line) as refused:
        running_engine(parts_on(tmp_path, **({"url": vllm.url} | more)), lambda _: None)
    assert "hush" not in str(refused.value)


def test_a_start_without_the_server_is_tried_again_later(tmp_path: Path) -> None:
    with pytest.raises(NotYet, match="RHAPSODE_OPENAI_URL: the server cannot be reached"):
        running_engine(parts_on(tmp_path, "http://127.0.0.1:9/v1"), lambda _: None)


@pytest.mark.parametrize("runtime_lora", [True, False])
def test_the_doctor_says_what_the_server_offers(tmp_path: Path, runtime_lora: bool) -> None:
    with FakeVllm(runtime_lora=runtime_lora) as vllm:
        parts = parts_on(tmp_path, vllm.url)
        found = {finding.what: finding for finding in examine(parts)}
        parts.close()
    assert found["server"].good
    assert ("VLLM_ALLOW_RUNTIME_LORA_UPDATING=True" in found["server"].said) is not runtime_lora
    assert found["model"].said.startswith("only on the server")


def test_a_refused_champion_leaves_the_base_writing(vllm: FakeVllm, tmp_path: Path) -> None:
    parts = parts_on(tmp_path, vllm.url)
    vllm.refusals[promote(parts)] = (500, "rank 64 is greater than max_lora_rank 16")
    running = running_engine(parts, lambda _: None)
    assert running.engine.version == base_name(named_base(BASE))
    running.engine.close()
    parts.close()


def test_the_adapter_is_asked_for_where_the_server_sees_it(vllm: FakeVllm, tmp_path: Path) -> None:
    seen = tmp_path / "as the server sees it"
    adapter_of(named_base(BASE), seen)
    parts = parts_on(tmp_path, vllm.url, openai_adapter_root=f"{seen}/")
    name = promote(parts)
    running = running_engine(parts, lambda _: None)
    assert vllm.loaded == {name: f"{seen}/{name}"}
    running.engine.close()
    parts.close()


def test_a_damaged_adapter_never_reaches_the_server(vllm: FakeVllm, tmp_path: Path) -> None:
    parts = parts_on(tmp_path, vllm.url)
    name = promote(parts)
    (parts.settings.models / name / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(RefusedVersion, match="files do not match the manifest"):
        verify(parts, name)
    assert vllm.changes == []


@pytest.mark.parametrize("lacking", ["", "adapter_model.safetensors", "manifest.json"])
def test_a_version_whose_folder_comes_late_or_in_parts_is_tried_again(
    vllm: FakeVllm, tmp_path: Path, lacking: str
) -> None:
    parts = parts_on(tmp_path, vllm.url)
    running = running_engine(parts, lambda _: None)
    name = promote(parts)
    late, elsewhere = parts.settings.models / name / lacking, tmp_path / "still on its way"
    late.rename(elsewhere)
    running.live.follow()
    assert running.engine.version == base_name(named_base(BASE))
    elsewhere.rename(late)
    running.live.follow()
    assert running.engine.version == name
    running.engine.close()
    parts.close()


def test_a_rollback_while_the_server_is_away_waits_for_it(tmp_path: Path) -> None:
    with FakeVllm() as vllm:
        parts = parts_on(tmp_path, vllm.url)
        running = running_engine(parts, lambda _: None)
        for number in (1, 2):
            name = promote(parts, number)
            running.live.follow()
    parts.store.versions.rollback("worse")
    running.live.follow()
    assert running.engine.version == name
    running.engine.close()
    parts.close()


def test_a_writer_without_a_local_model_imports_no_torch() -> None:
    code = "import sys, worker.writer, worker.engines; print('torch' in sys.modules, 'peft' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own command.
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
