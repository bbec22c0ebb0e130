"""The running service: what an operator types, as functions."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.verify.images import DOCKER, PROJECT
from deploy.verify.typed import as_run

_PROJECT_NAME = "rhapsode-verify"


class NotReached(Exception):
    """Raised when what should happen has not happened in time."""


def until(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Raises NotReached."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReached(f"{what}: not within {seconds:.0f} s")
        time.sleep(3)  # Between looks, which cost a second of a core; the condition decides.


class Service:
    """One Compose project, in a copy of the sources."""

    def __init__(self, project: Path) -> None:
        files = ("-f", "docker-compose.yml", "-f", "deploy/verify/stand_ins/override.yml")
        self._compose = (*_compose_command(), "-p", _PROJECT_NAME, *files)
        self._project = project

    def up(self) -> None:
        self._call("up", "-d", "--no-build")

    def remove(self) -> None:
        """Containers, networks and every volume."""
        self._call("down", "--volumes")

    def logs(self) -> str:
        return self._call("logs", "--no-color", "--tail=40")

    def rhapsode(self, *arguments: str, inside: str = "clock") -> Any:
        """A command in the container of a service. Its JSON."""
        return json.loads(self._call("exec", "-T", inside, "rhapsode", *arguments, "--json"))

    def champion(self) -> str:
        return next(str(one["name"]) for one in self.rhapsode("models", "list") if one["champion"])

    def rejected(self) -> int:
        """How many candidates were not good enough."""
        return sum(one["status"] == "rejected" for one in self.rhapsode("models", "list"))

    def typed(self, line: str, **chosen: str) -> str:
        """What a line of the docs prints, run as it stands there but for what it has one choose."""
        for word, instead in chosen.items():
            line = line.replace(word, instead)
        shell = ("bash", "-o", "pipefail", "-ec", as_run(line, DOCKER, self._compose))
        return str(self._run(shell, stdout=subprocess.PIPE, text=True).stdout)

    def unhealthy(self) -> list[str]:
        """The containers that should run and are not healthy."""
        shown = "{{.Names}}\t{{.State}}\t{{.Status}}"
        listed = self._docker("ps", "--all", "--filter", f"name={_PROJECT_NAME}", "--format", shown)
        rows = [line.split("\t") for line in listed.splitlines()]
        return [name for name, state, status in rows if state != "exited" and "(healthy)" not in status] + [
            name for name, state, status in rows if state == "exited" and not status.startswith("Exited (0)")
        ]

    def container(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's first container."""
        found: dict[str, Any] = json.loads(self._docker("inspect", self.containers(service)[0]))[0]
        return found

    def containers(self, service: str) -> list[str]:
        """The numbers of a service's containers."""
        return self._call("ps", "-q", service).split()

    def _docker(self, *arguments: str) -> str:
        done = subprocess.run([DOCKER, *arguments], check=True, text=True, stdout=subprocess.PIPE)  # noqa: S603
        return done.stdout

    def _call(self, *arguments: str) -> str:
        done = self._run((*self._compose, *arguments), stdout=subprocess.PIPE, text=True)
        return str(done.stdout)

    def _run(self, command: tuple[str, ...], **how: Any) -> "subprocess.CompletedProcess[Any]":
        environment = os.environ | {"CPU_IMAGE": PROJECT}
        return subprocess.run(  # noqa: S603 - our own commands.
            command, cwd=self._project, env=environment, check=True, **how
        )


def _compose_command() -> tuple[str, ...]:
    """Compose v2 as a plugin, or v1 as a program of its own."""
    plugin = (DOCKER, "compose")
    found = subprocess.run([*plugin, "version"], check=False, capture_output=True).returncode == 0  # noqa: S603
    if not found and shutil.which("docker-compose") is None:
        raise NotReached("neither `docker compose` nor docker-compose is installed")
    return plugin if found else ("docker-compose",)
