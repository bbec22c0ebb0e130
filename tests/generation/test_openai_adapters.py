"""Versions on a vLLM server: loaded beside the live one, flipped between requests, unloaded when unused."""

import random
from pathlib import Path

import pytest

from generation.adapter_shelf import AdapterShelf, ServedVersion
from generation.engine import CANARY, CHAMPION, CannotLoadNow
from generation.manifest import RefusedVersion
from generation.openai_engine import OpenAIEngine
from generation.openai_server import OpenAIServer, ServerAddress, ServerReport
from tests.deadline import DEADLINE
from tests.fakes.vllm import BASE, KEY, FakeVllm
from tests.generation.openai_running import BASE_VERSION, QUICK, adapter, asked, engine_on


def test_a_version_is_loaded_under_its_name_and_writes_from_then_on(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    remote.install(adapter(tmp_path, "v0001-aa"))
    written = remote.submit(asked()).result(DEADLINE)
    assert written.version == remote.version == "v0001-aa"
    assert vllm.asked[0]["model"] == "v0001-aa"
    assert vllm.loaded == {"v0001-aa": str(tmp_path / "v0001-aa")}


def test_a_text_under_way_ends_with_the_version_that_began_it(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    vllm.holding = True
    before = remote.submit(asked())
    next(iter(before.snapshots()))
    remote.install(adapter(tmp_path, "v0001-aa"))
    vllm.let_go()
    assert before.result(DEADLINE).version == "base-1"
    assert remote.submit(asked()).result(DEADLINE).version == "v0001-aa"


def test_an_old_adapter_is_unloaded_when_its_last_text_ends_and_the_previous_one_stays(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    remote.install(adapter(tmp_path, "v0001-aa"))
    vllm.holding = True
    old = remote.submit(asked())
    next(iter(old.snapshots()))
    for name in ("v0002-bb", "v0003-cc"):
        remote.install(adapter(tmp_path, name))
    assert list(vllm.loaded) == ["v0001-aa", "v0002-bb", "v0003-cc"]
    vllm.let_go()
    assert old.result(DEADLINE).version == "v0001-aa"
    vllm.until(lambda: list(vllm.loaded) == ["v0002-bb", "v0003-cc"], "the oldest is unloaded")


def test_a_cancelled_text_gives_its_version_back(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    remote.install(adapter(tmp_path, "v0001-aa"))
    vllm.holding = True
    old = remote.submit(asked())
    next(iter(old.snapshots()))
    for name in ("v0002-bb", "v0003-cc"):
        remote.install(adapter(tmp_path, name))
    vllm.until(lambda: vllm.under_way["v0001-aa"] == 1, "written")
    old.cancel()
    vllm.until(lambda: "v0001-aa" not in vllm.loaded, "the oldest is unloaded")


def test_a_rollback_needs_no_loading(vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path) -> None:
    first, second = adapter(tmp_path, "v0001-aa"), adapter(tmp_path, "v0002-bb")
    for version in (first, second, first, BASE_VERSION, first):
        remote.install(version)
    assert remote.submit(asked()).result(DEADLINE).version == "v0001-aa"
    assert [change for change in vllm.changes if change[0] == "load"] == [
        ("load", "v0001-aa"),
        ("load", "v0002-bb"),
    ]


def test_what_another_writer_loaded_is_used(vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path) -> None:
    version = adapter(tmp_path, "v0001-aa")
    vllm.loaded["v0001-aa"] = str(tmp_path / "v0001-aa")
    remote.install(version)
    assert remote.submit(asked()).result(DEADLINE).version == "v0001-aa"
    assert vllm.changes == []


def test_another_adapter_under_the_same_name_is_refused(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    vllm.loaded["v0001-aa"] = "/elsewhere"
    with pytest.raises(RefusedVersion, match="another adapter under that name"):
        remote.install(adapter(tmp_path, "v0001-aa"))
    assert remote.version == "base-1"


@pytest.mark.parametrize(
    ("status", "words"),
    [(500, "LoRA rank 64 is greater than max_lora_rank 16."), (400, "not a LoRA adapter")],
)
def test_a_refused_adapter_leaves_the_live_version_alone(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path, status: int, words: str
) -> None:
    vllm.refusals["v0001-aa"] = (status, words)
    with pytest.raises(RefusedVersion, match=rf"refuses its adapter \({status}\): {words}"):
        remote.install(adapter(tmp_path, "v0001-aa"))
    assert remote.submit(asked()).result(DEADLINE).version == "base-1"


def test_a_folder_that_the_server_does_not_see_yet_names_the_setting_and_is_tried_again(
    remote: OpenAIEngine, tmp_path: Path
) -> None:
    with pytest.raises(CannotLoadNow, match="check openai_adapter_root"):
        remote.install(ServedVersion("v0001-aa", str(tmp_path / "v0001-aa")))
    remote.install(adapter(tmp_path, "v0001-aa"))  # Its mount has caught up.
    assert remote.version == "v0001-aa"


def test_a_server_without_the_endpoints_refuses_every_adapter(tmp_path: Path) -> None:
    with FakeVllm(runtime_lora=False) as plain, engine_on(plain.url) as engine:
        with pytest.raises(RefusedVersion, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"):
            engine.install(adapter(tmp_path, "v0001-aa"))
        assert engine.submit(asked()).result(DEADLINE).version == "base-1"


@pytest.mark.parametrize(("status", "why"), [(503, "busy or away"), (401, "check openai_api_key")])
def test_a_passing_trouble_refuses_nothing(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path, status: int, why: str
) -> None:
    version = adapter(tmp_path, "v0001-aa")
    vllm.refusals["v0001-aa"] = (status, "later")
    with pytest.raises(CannotLoadNow, match=why):
        remote.install(version)
    vllm.refusals.clear()
    remote.install(version)
    assert remote.version == "v0001-aa"


def test_a_server_that_was_started_again_gets_its_adapter_again(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    remote.install(adapter(tmp_path, "v0001-aa"))
    vllm.start_again()
    assert remote.submit(asked()).result(DEADLINE).version == "v0001-aa"
    assert "v0001-aa" in vllm.loaded


def test_an_adapter_that_is_gone_for_good_does_not_stop_the_tidying(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    remote.install(adapter(tmp_path, "v0001-aa"))
    vllm.start_again()
    for name in ("v0002-bb", "v0003-cc", "v0004-dd"):
        remote.install(adapter(tmp_path, name))
    vllm.until(lambda: list(vllm.loaded) == ["v0003-cc", "v0004-dd"], "tidied")


@pytest.mark.parametrize(
    ("model", "runtime_lora", "report"),
    [
        (BASE, True, ServerReport(model=True, adapters=True)),
        (BASE, False, ServerReport(model=True, adapters=False)),
        ("org/other", True, ServerReport(model=False, adapters=True)),
    ],
)
async def test_a_look_says_what_the_server_offers(
    model: str, runtime_lora: bool, report: ServerReport
) -> None:
    with FakeVllm(runtime_lora=runtime_lora) as vllm:
        server = OpenAIServer(ServerAddress(vllm.url, model, KEY), QUICK)
        assert await server.look() == report
        await server.close()


def test_a_canary_writes_beside_the_champion_until_its_slot_is_cleared(
    vllm: FakeVllm, remote: OpenAIEngine, tmp_path: Path
) -> None:
    assert remote.submit(asked(slot=CANARY)).result(DEADLINE).version == "base-1"
    remote.install(adapter(tmp_path, "v0001-aa"))
    remote.install(adapter(tmp_path, "v0002-bb"), CANARY)
    assert (remote.holds(CHAMPION), remote.holds(CANARY)) == ("v0001-aa", "v0002-bb")
    assert remote.submit(asked()).result(DEADLINE).version == "v0001-aa"
    assert remote.submit(asked(slot=CANARY)).result(DEADLINE).version == "v0002-bb"
    remote.clear(CANARY)
    assert remote.submit(asked(slot=CANARY)).result(DEADLINE).version == "v0001-aa"


def test_many_texts_with_swaps_and_cancels_lose_nothing_and_mix_nothing(
    vllm: FakeVllm, tmp_path: Path
) -> None:
    vllm.text = "by MODEL one two three MODEL"
    chance = random.Random(1)
    versions = [adapter(tmp_path, f"v{number:04}-aa") for number in range(5)]
    tickets = []
    with engine_on(vllm.url, max_at_once=8) as engine:
        for number in range(200):
            if number % 10 == 0:
                engine.install(chance.choice(versions))
            tickets.append(engine.submit(asked()))
            if chance.random() < 0.3:
                chance.choice(tickets).cancel()
        texts = [ticket.result(DEADLINE) for ticket in tickets]
    whole = [text for text in texts if text.finish_reason == "stop"]
    assert {text.finish_reason for text in texts} == {"stop", "cancelled"}
    assert all(text.text == f"by {text.version} one two three {text.version}" for text in whole)
    assert len({text.version for text in whole}) > 1


def test_a_version_with_texts_or_in_a_slot_is_never_idle() -> None:
    versions = [ServedVersion(f"v{i}", f"/v{i}") for i in range(5)]
    shelf = AdapterShelf(versions[0], spare=1)
    leased = shelf.lease(CANARY)
    for version in versions[1:]:
        shelf.hold(version)
    assert (leased, shelf.idle()) == (versions[0], ["v1", "v2", "v3"])  # v4 is the newest.
    shelf.flip(versions[1], CHAMPION)
    shelf.flip(versions[2], CANARY)
    assert shelf.idle() == ["v3"]  # v0 has a text.
    shelf.release(leased)
    assert shelf.idle() == ["v0", "v3"]
    shelf.clear(CANARY)
    shelf.clear(CHAMPION)  # Somebody has to write.
    assert shelf.idle() == ["v0", "v2", "v3"]
