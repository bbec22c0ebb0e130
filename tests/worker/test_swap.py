"""A promotion and a rollback while readers are being answered: nobody notices."""

import asyncio
import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from bots.messages import Vote
from bots.terminal import reader_named
from generation.base_models import Base
from generation.manifest import FILE
from generation.versions import base_name, load_model, write_version
from retrain.version_row import version_row
from tests.worker.conftest import Service, until
from worker.crowd import Crowd, Piece

THEMES = ("rain", "bread", "a kettle", "an owl")


@pytest.fixture(scope="module")
def version(service: Service, shallow_base: Base) -> str:
    """A second version in the service's folder, whose adapter changes what is written."""
    torch.manual_seed(1)
    config = LoraConfig(r=2, target_modules=["v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    adapted = get_peft_model(load_model(shallow_base, "cpu", torch.float32), config)
    models: Path = service.home / "models"
    manifest = write_version(
        models, model=adapted, base=shallow_base, parent=base_name(shallow_base), lineage={}, metrics={}
    )
    service.parts.store.versions.add(version_row(manifest))
    return manifest.name


def champion_of(service: Service) -> str:
    listed = json.loads(service.rhapsode("models", "list", "--json").stdout)
    return next(str(v["name"]) for v in listed if v["champion"])


async def written_during(service: Service, *command: str) -> tuple[Crowd, list[Piece]]:
    """Ask in waves, and run a command once the first wave is being written."""
    crowd = Crowd(service.parts.inbox, service.parts.feed, lambda _, __: 0.0)
    first = asyncio.create_task(crowd.ask_all(f"a quatrain about {theme}" for theme in THEMES))
    await asyncio.to_thread(
        until, lambda: service.parts.store.prompts.waiting() == 0 and crowd.accepted == len(THEMES), "writing"
    )
    done = await asyncio.to_thread(service.rhapsode, *command)
    assert done.returncode == 0, done.stderr
    second = await crowd.ask_all(f"a quatrain about {theme}" for theme in THEMES)
    return crowd, [*await first, *second]


def swapped_to(service: Service, name: str) -> bool:
    return service.parts.publisher.writers() == [name] or service.said(f'"now": "{name}"')


async def test_a_promotion_and_a_rollback_under_load_drop_nothing(
    service: Service, shallow_base: Base, version: str
) -> None:
    until(service.writer_ready, "writer")
    crowd, pieces = await written_during(service, "models", "promote", version)
    until(lambda: swapped_to(service, version), "the swap")
    last = await crowd.ask("a slogan for tea")
    assert crowd.dropped == 0
    assert {piece.reply.model_version for piece in pieces} <= {base_name(shallow_base), version}
    assert last is not None
    assert last.reply.model_version == version == champion_of(service)

    rated = await asyncio.to_thread(
        service.parts.inbox.rate, Vote(reader_named("ann"), 1.0, "button", pieces[0].reply.completion_id)
    )
    assert rated.value == 1.0  # Written before the swap, rated after it.

    crowd, pieces = await written_during(service, "models", "rollback")
    assert crowd.dropped == 0
    assert champion_of(service) == base_name(shallow_base)


def test_a_broken_version_is_not_promoted_and_the_live_one_stays(service: Service, version: str) -> None:
    before = champion_of(service)
    manifest = service.home / "models" / version / FILE
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"kind": "lora"', '"kind": "lora", "more": 1'))
    done = service.rhapsode("models", "promote", version)
    manifest.write_text(whole)
    assert done.returncode == 1
    assert done.stderr.startswith(f"rhapsode: version {version} is refused: ")
    assert champion_of(service) == before


def test_a_run_without_enough_ratings_is_skipped_with_its_reasons(service: Service) -> None:
    run = json.loads(service.rhapsode("retrain", "--json").stdout)
    assert run["status"] == "skipped"
    assert any("needed" in reason for reason in run["reasons"])


def test_one_version_is_shown_with_where_it_comes_from(
    service: Service, shallow_base: Base, version: str
) -> None:
    shown = json.loads(service.rhapsode("models", "show", version, "--json").stdout)
    assert (shown["parent"], shown["kind"]) == (base_name(shallow_base), "lora")
    assert version in service.rhapsode("models", "list").stdout
