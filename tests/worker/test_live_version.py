"""The engine follows the champion; a version that is refused changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Thread

import pytest

from feedback.store import Store
from feedback.store.versions import Versions
from generation.base_models import Base
from generation.errand import Slices
from generation.local_engine import LocalEngine
from generation.manifest import RefusedVersion, artifact_hash, canonical
from generation.versions import LoadedVersion, base_manifest, base_name
from retrain.version_row import version_row
from worker.live_version import LiveVersion, ensure_champion


@pytest.fixture
def engine(whole: LoadedVersion) -> Iterator[LocalEngine]:
    running = LocalEngine(whole)
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
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")
    LiveVersion(store, engine, lambda name: replace(whole, name=name)).follow()
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
    following.follow()
    following.follow()
    assert (engine.version, tried) == (base_name(base), ["v0001"])


def test_an_engine_that_ends_while_a_version_is_put_together_is_no_accident(
    store: Store, base: Base, engine: LocalEngine
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")

    def put_together() -> Slices[LoadedVersion]:
        yield
        raise AssertionError("the engine has ended")

    engine.close()
    LiveVersion(store, engine, lambda _: engine.between_steps(put_together())).follow()
    assert engine.version == base_name(base)


def test_the_thread_that_follows_survives_whatever_happens_to_it(
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")
    failed, stop = Event(), Event()

    def load(name: str) -> LoadedVersion:
        if not failed.is_set():
            failed.set()
            raise ZeroDivisionError
        stop.set()
        return replace(whole, name=name)

    following = LiveVersion(store, engine, load)
    thread = Thread(target=following.watch_until, args=(stop,))
    following.look_soon()
    thread.start()
    assert failed.wait(10)
    following.look_soon()
    thread.join(10)
    assert engine.version == "v0001"


def test_a_manifest_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def canary_of(
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> LiveVersion[LoadedVersion]:
    """A canary for half of the readers, followed."""
    ensure_champion(store, base)
    promote(store, base, "v0001")
    store.versions.rollback("only tried")
    store.versions.set_canary("v0001", 0.5, "a try")
    following = LiveVersion(store, engine, lambda name: replace(whole, name=name))
    following.follow()
    return following


def test_a_canary_writes_for_its_share_of_the_readers_and_always_for_the_same(
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> None:
    following = canary_of(store, base, engine, whole)
    slots = [following.place_of(reader).slot for reader in range(1000)]
    assert 400 < slots.count("canary") < 600
    assert slots == [following.place_of(reader).slot for reader in range(1000)]
    assert engine.holds("canary") == "v0001"


def test_a_text_that_outlives_its_canary_is_still_the_canarys_and_all_others_the_champions(
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> None:
    following = canary_of(store, base, engine, whole)
    places = [following.place_of(reader) for reader in range(100)]
    store.versions.end_canary()
    following.follow()
    assert {(place.slot, place.arm_of("v0001")) for place in places} == {
        ("canary", "canary"),
        ("champion", "champion"),
    }
    arms = {place.arm_of(whole.name) for place in places}  # Asked for when its slot was empty.
    assert arms == {"champion"}


@pytest.mark.parametrize("end", [lambda s: s.end_canary(), lambda s: s.promote("v0001", "better")])
def test_a_canary_that_ends_leaves_all_readers_to_the_champion(
    store: Store,
    base: Base,
    engine: LocalEngine,
    whole: LoadedVersion,
    end: Callable[[Versions], None],
) -> None:
    following = canary_of(store, base, engine, whole)
    end(store.versions)
    following.follow()
    assert {following.place_of(reader).slot for reader in range(100)} == {"champion"}
    assert engine.holds("canary") is None


def test_going_back_loads_nothing(
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> None:
    ensure_champion(store, base)
    loaded: list[str] = []

    def load(name: str) -> LoadedVersion:
        loaded.append(name)
        return replace(whole, name=name)

    following = LiveVersion(store, engine, load)
    for name in ("v0001", "v0002"):
        promote(store, base, name)
        following.follow()
    store.versions.rollback("worse")
    following.follow()
    assert (engine.version, loaded) == ("v0001", ["v0001", "v0002"])


def test_a_canary_that_is_promoted_is_not_loaded_again(
    store: Store, base: Base, engine: LocalEngine, whole: LoadedVersion
) -> None:
    ensure_champion(store, base)
    promote(store, base, "v0001")
    store.versions.rollback("only tried")
    store.versions.set_canary("v0001", 0.5, "a try")
    loaded: list[str] = []

    def load(name: str) -> LoadedVersion:
        loaded.append(name)
        return replace(whole, name=name)

    following = LiveVersion(store, engine, load)
    following.follow()
    store.versions.promote("v0001", "better")
    following.follow()
    assert (engine.version, loaded) == ("v0001", ["v0001"])
