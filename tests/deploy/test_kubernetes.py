"""The manifests are valid for Kubernetes' own schemas, and as hardened and bounded as the Compose file."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.deploy.test_compose import SERVICES, SETTINGS
from worker.settings import Settings

KUBERNETES = "1.34"
MANIFESTS: dict[str, dict[str, Any]] = {
    f"{document['kind']} {document['metadata']['name']}": document
    for file in sorted((REPOSITORY / "deploy/kubernetes").rglob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
}
SETS = [name for name, one in MANIFESTS.items() if one["kind"] in {"Deployment", "StatefulSet"}]


PODS = [name for name, one in MANIFESTS.items() if one["kind"] == "Pod"]


def pod_of(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = MANIFESTS[name]["spec"]
    return spec if name in PODS else spec["template"]["spec"]


def containers(name: str) -> Iterator[dict[str, Any]]:
    pod = pod_of(name)
    yield from (*pod.get("initContainers", []), *pod["containers"])


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_manifest_is_valid(name: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], KUBERNETES, strict=True)


@pytest.mark.parametrize("name", SETS)
def test_a_misspelt_field_would_be_found(name: str) -> None:
    spec = {**MANIFESTS[name]["spec"], "replicsa": 1}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**MANIFESTS[name], "spec": spec}, KUBERNETES, strict=True)


@pytest.mark.parametrize("name", [*SETS, *PODS])
def test_every_pod_is_hardened_bounded_and_probed(name: str) -> None:
    pod = pod_of(name)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in containers(name):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}
    if name in SETS:
        assert all(container["livenessProbe"]["exec"]["command"] for container in pod["containers"])


def test_the_processes_images_and_commands_are_those_of_the_compose_file() -> None:
    assert {name.split()[1] for name in SETS} == {
        name
        for name, service in SERVICES.items()
        if name not in {"secrets", "migrate", "model"} and service.get("profiles", ["cpu"]) == ["cpu"]
    }
    for name in SETS:
        (container,) = MANIFESTS[name]["spec"]["template"]["spec"]["containers"]
        service = SERVICES[name.split()[1]]
        ours = service["image"].startswith("${")
        assert container["image"] == ("rhapsode:cpu" if ours else service["image"])
        if ours:
            assert container["args"] == service["command"]
            works = service["healthcheck"]["test"][1:]
            assert container["readinessProbe"]["exec"]["command"] == works
            # Started again is only who does not go on: not who waits for a broker or a platform.
            for probe in ("startupProbe", "livenessProbe"):
                assert container[probe]["exec"]["command"] == [*works, "--running"]


def test_labels_select_what_they_should_and_every_setting_exists() -> None:
    for name in SETS:
        spec = MANIFESTS[name]["spec"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    services = [one for one in MANIFESTS.values() if one["kind"] == "Service"]
    for service in services:
        assert any(
            MANIFESTS[name]["spec"]["template"]["metadata"]["labels"] == service["spec"]["selector"]
            for name in SETS
        )
    named = {variable["name"] for name in SETS for one in containers(name) for variable in one.get("env", [])}
    ours = {name for name in named | MANIFESTS["ConfigMap rhapsode"]["data"].keys() if "RHAPSODE" in name}
    assert ours <= SETTINGS


def test_figures_are_announced_and_reached_wherever_there_are_some() -> None:
    ours = {name for name in SETS if "prometheus.io/scrape" in annotations(name)}
    assert {name.split()[1] for name in ours} == {"slack", "telegram", "studio", "clock", "writer", "trainer"}
    port = str(Settings.model_fields["metrics_port"].default)
    assert all(annotations(name)["prometheus.io/port"] == port for name in ours)
    for name in ("rhapsode-figures", "rhapsode-studio"):
        [rule] = MANIFESTS[f"NetworkPolicy {name}"]["spec"]["ingress"]
        assert int(port) in {one["port"] for one in rule["ports"]}


def annotations(name: str) -> dict[str, str]:
    found: dict[str, str] = MANIFESTS[name]["spec"]["template"]["metadata"].get("annotations", {})
    return found
