"""The engine follows the champion; a version that is refused changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.database import migrate
from feedback.store import Store
from generation.base_models import Base
from generation.local_engine import LocalEngine
from generation.manifest import RefusedVersion, artifact_hash, canonical
from generation.versions import LoadedVersion, base_manifest, base_name
from retrain.version_row import version_row
from worker.live_version import LiveVersion, ensure_champion


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'rhapsode.db'}"
    migrate(url)
    opened = Store(url, b"key")
    yield opened
    opened.close()


@pytest.fixture
def engine(live: LoadedVersion) -> Iterator[LocalEngine]:
    running = LocalEngine(live)
    yield running
    running.close()


def promote(store: Store, base: Base, name: str) -> None:
    artifact = artifact_hash({"adapter": name}, base.sha256)
    manifest = replace(base_manifest(base), name=name, kind="lora", artifact_sha256=artifact)
    store.versions.add(version_row(manifest))
    store.versions.promote(name, "test")


def test_the_first_start_makes_the_base_champion_and_the_next_one_keeps_it(store: Store, base: Base) -> None:
    assert ensure_champion(store, base) == base_name(base)
    assert ensure_champion(store, base) == base_name(base)
    assert len(store.versions.deployments()) == 1


def test_another_base_model_becomes_champion_because_old_adapters_do_not_fit_it(
    store: Store, base: Base
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")
    other = replace(base, id="other", sha256="f" * 64)
    assert ensure_champion(store, other) == base_name(other)


def test_a_promoted_version_is_installed(
    store: Store, base: Base, engine: LocalEngine, live: LoadedVersion
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")
    LiveVersion(store, engine, lambda name: replace(live, name=name)).follow_champion()
    assert engine.version == "v0001"


def test_a_refused_version_leaves_the_live_one_and_is_not_tried_again(
    store: Store, base: Base, engine: LocalEngine
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")
    tried: list[str] = []

    def refuse(name: str) -> LoadedVersion:
        tried.append(name)
        raise RefusedVersion(name, "its adapter cannot be read")

    following = LiveVersion(store, engine, refuse)
    following.follow_champion()
    following.follow_champion()
    assert (engine.version, tried) == (base_name(base), ["v0001"])


def test_a_manifest_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
