"""docker-compose.yml can be read, names what exists, and hardens, checks and bounds every service."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from typer.main import get_command

from tests.conftest import REPOSITORY
from worker.cli import app
from worker.health import Process
from worker.made_secrets import HANDED_OUT
from worker.setting_names import PREFIX, variable_of
from worker.settings import Settings

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image", "").startswith("${")}
ONCE = {"secrets", "migrate", "model"}
SETTINGS = {variable_of(field) for field in Settings.model_fields}


def test_the_services_are_those_of_the_architecture_and_each_profile_has_its_own() -> None:
    chats = {"slack", "telegram", "studio"}
    assert chats | {"clock", "writer", "trainer", "postgres", "valkey"} | ONCE == {
        name for name, service in SERVICES.items() if not service.get("profiles")
    }
    by_profile: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for profile in service.get("profiles", []):
            by_profile.setdefault(profile, set()).add(name)
    assert by_profile == {"monitoring": {"prometheus", "grafana", "flower"}}


def test_a_gpu_takes_over_writer_and_trainer_under_their_own_names() -> None:
    """Services of another name would be started beside those of the CPU, which nothing stops."""
    on_gpu = yaml.safe_load((REPOSITORY / "deploy/gpu.yml").read_text())["services"]
    assert on_gpu.keys() == {"writer", "trainer"}
    for service in on_gpu.values():
        assert service.keys() == {"image", "build", "deploy"}
        assert service["build"] == {"target": "cuda"}
        [device] = service["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]


def mounted(service: str) -> dict[str, str]:
    """Volumes of a service by where they are mounted."""
    pairs = (volume.split(":")[:2] for volume in SERVICES[service].get("volumes", []))
    return {inside: volume for volume, inside in pairs}


def test_each_service_sees_its_own_secrets_only() -> None:
    makes = mounted("secrets")
    assert makes.pop("/run/secrets/made") == "made-secrets"
    assert makes == {f"/run/secrets/for/{who}": f"secrets-{who}" for who in HANDED_OUT}
    for name in SERVICES.keys() - {"secrets"}:
        who = name if name in HANDED_OUT else "rhapsode"
        volumes = mounted(name)
        assert "made-secrets" not in volumes.values()
        assert volumes.get("/run/secrets/made", f"secrets-{who}") == f"secrets-{who}"
        named = set(re.findall(r"/run/secrets/made/([\w.]+)", str(SERVICES[name])))
        assert named <= set(HANDED_OUT[who]), name
    assert SERVICES["flower"]["env_file"] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened_bounded_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert str(service["user"]).split(":")[0] not in {"", "0", "root"}
    assert not service.get("privileged")
    for limit in ("mem_limit", "cpus", "pids_limit"):
        assert service[limit], limit
    assert service["restart"] == ("unless-stopped" if name not in ONCE else service["restart"])
    assert service["logging"]["options"]["max-size"]
    assert service["init"] is True


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONCE))
def test_every_service_that_stays_has_a_health_check_of_its_own(name: str) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    if name in OURS and name != "flower":
        assert test == ["CMD", "python3", "-m", "worker.health", name]
        assert Process(name)
    else:
        assert test[0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"flower"}))
def test_every_command_of_ours_exists(name: str) -> None:
    command: Any = get_command(app)
    for word in SERVICES[name]["command"]:
        if word.startswith("-"):
            assert word in {option for parameter in command.params for option in parameter.opts}
        elif hasattr(command, "commands"):
            command = command.commands[word]
    assert command is not get_command(app)


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"secrets", "prometheus"}))
def test_who_needs_something_waits_until_it_is_ready(name: str) -> None:
    for needed, how in SERVICES[name]["depends_on"].items():
        awaited = "service_completed_successfully" if needed in ONCE else "service_healthy"
        assert how["condition"] == awaited
        assert needed in SERVICES


def test_every_image_of_others_is_pinned_to_a_version() -> None:
    for name in SERVICES.keys() - OURS.keys():
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", SERVICES[name]["image"]), name
    dockerfile = (REPOSITORY / "deploy/Dockerfile").read_text()
    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-slim-\w+$", dockerfile, re.MULTILINE)


def test_data_models_and_the_broker_lie_on_volumes_and_the_broker_appends_to_a_file() -> None:
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert {"data", "models", "bases", "database", "broker"} <= named & COMPOSE["volumes"].keys()
    command = SERVICES["valkey"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"


def test_what_keeps_rows_and_jobs_is_reached_from_inside_only() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert re.match(r"127\.0\.0\.1:|\$\{\w+:-127\.0\.0\.1:", port), name


def words_of(file: str) -> Iterator[str]:
    yield from re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", (REPOSITORY / file).read_text())


@pytest.mark.parametrize("file", ["docker-compose.yml", ".env.example", "deploy/Dockerfile"])
def test_every_setting_that_is_named_exists(file: str) -> None:
    named = {word for word in words_of(file) if word.startswith(PREFIX)}
    assert named - SETTINGS == set()
    assert named


def test_what_only_compose_reads_is_no_setting_by_its_name() -> None:
    """All of .env goes into the containers, where an unknown RHAPSODE_… name stops the start."""
    files = [(REPOSITORY / name).read_text() for name in ("docker-compose.yml", "deploy/gpu.yml")]
    used = set(re.findall(r"\$\{(\w+)", "".join(files)))
    assert {name for name in used if name.startswith(PREFIX)} <= SETTINGS
    offered = set(words_of(".env.example")) | {"GPU"}
    assert used - offered <= {"CPU_IMAGE", "CUDA_IMAGE", "FLOWER_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT"}


def test_the_image_is_built_with_versions_that_the_project_allows() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    lines = (REPOSITORY / "deploy/constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    wanted = [*project["dependencies"], *project["optional-dependencies"]["monitoring"]]
    for requirement in map(Requirement, wanted):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name not in pinned or requirement.specifier.contains(pinned[name]), requirement
    assert {"torch", "transformers", "celery"} <= pinned.keys()
