"""`python -m deploy.verify`: compose up, readers, a scheduled retrain, a rollback, a backup and its restore.

It needs root, a Docker engine, debootstrap and this project's test environment, and no registry of images.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from deploy.verify import by_hand, typed
from deploy.verify.images import DOCKER, make_images, run
from deploy.verify.readers import ask_and_rate
from deploy.verify.service import NotReached, Service, until
from tests.fakes.telegram import FakeTelegram

REPOSITORY = Path(__file__).parent.parent.parent
THEMES = (
    *("rain", "snow", "a fox", "the sea", "an old tree", "bread", "a train", "night", "bees", "a letter"),
    *("moonlight", "a garden", "tea", "wind", "a bridge", "summer", "a clock", "salt", "a crow", "home"),
)
# A gate that asks only for liked texts to become likelier: here it is proved that a candidate gets from the
# clock to the readers.
OPEN_GATE = {
    **dict.fromkeys(("PERPLEXITY", "HUMAN"), 1000),
    **dict.fromkeys(("PREFERENCE", "SELF_BLEU", "REPETITION", "FORM", "SAFE", "ORIGINAL"), 1),
    **dict.fromkeys(("DISTINCT_2", "WORDS", "SCORE", "SURE"), 0),
    "PIECES": 1,
}
BY_HAND = {
    "what one looks at": by_hand.look,
    "bots and writer restarted": by_hand.restart,
    "a second writer": by_hand.scale,
    "an upgrade to the same version": by_hand.upgrade,
    "new passwords of database, broker and studio": by_hand.rotate,
}
_CANDIDATES = 5  # At most.
SOON = {"RETRAIN_CRON": "* * * * *", "MIN_LIKED": 6, "MIN_NEW_RATINGS": 6, "TRAIN_EPOCHS": 1}


@contextmanager
def step(name: str, took: dict[str, float]) -> Iterator[None]:
    started = time.monotonic()
    sys.stderr.write(f"{name} …\n")
    yield
    took[name] = round(time.monotonic() - started, 1)
    sys.stderr.write(f"{name}: {took[name]} s\n")


def copy_sources(target: Path) -> None:
    """What Git would commit, and the wheels that are there already; no `.env` of this machine."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=REPOSITORY)
    wheels = [f"deploy/wheels/{wheel.name}" for wheel in (REPOSITORY / "deploy/wheels").glob("*.whl")]
    for name in filter(None, [*listed.split("\0"), *wheels]):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)


def write_env(project: Path, telegram: FakeTelegram) -> None:
    port = telegram.url.rsplit(":", 1)[1]
    learning = SOON | {f"GATE_{name}": value for name, value in OPEN_GATE.items()}
    ours = {**learning, "TELEGRAM_API_URL": f"http://host.docker.internal:{port}"}
    lines = [f"RHAPSODE_{name}={value}" for name, value in ours.items()]
    (project / ".env").write_text("\n".join([*lines, ""]))
    token = project / "deploy/secrets/rhapsode_telegram_token"  # By file, as an operator should.
    token.write_text(telegram.token)
    token.chmod(0o444)


def bridge_address() -> str:
    """Where containers reach this machine."""
    config = json.loads(run(DOCKER, "network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]
    return str(config.get("Gateway") or next(ip_network(config["Subnet"]).hosts()))


def check_hardening(service: Service) -> None:
    for name in ("writer", "trainer", "clock", "studio", "slack", "telegram", "postgres", "valkey"):
        found = service.container(name)
        host = found["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0, name
        assert found["Config"]["User"] not in {"", "0", "root"}, name
        assert found["RestartCount"] == 0, name


async def promotion(service: Service, telegram: FakeTelegram, first: str) -> None:
    """Wait for a candidate of the schedule's that becomes champion instead of the first.

    What few readers liked may speak against one by chance. Then they ask and rate again. Raises NotReached.
    """

    def judged(times: int) -> bool:
        return service.champion() != first or service.rejected() >= times

    for times in range(1, _CANDIDATES + 1):
        await asyncio.to_thread(until, partial(judged, times), "a verdict", 900)
        if await asyncio.to_thread(service.champion) != first:
            return
        await ask_and_rate(telegram, THEMES)
    raise NotReached(f"a promotion: {_CANDIDATES} candidates were rejected")


async def verify(project: Path, service: Service, telegram: FakeTelegram) -> dict[str, Any]:
    took: dict[str, float] = {}
    with step("up and healthy", took):
        await asyncio.to_thread(service.up)
        await asyncio.to_thread(by_hand.healthy, service)
        await asyncio.to_thread(check_hardening, service)
    first = await asyncio.to_thread(service.champion)
    with step(f"{len(THEMES)} readers ask and rate", took):
        texts = await ask_and_rate(telegram, THEMES)
    with step("a retrain on schedule, and the swap", took):
        await promotion(service, telegram, first)
        second = await asyncio.to_thread(service.champion)
        await asyncio.to_thread(until, lambda: written_by(service) == second, "a text by it", 60)
    with step("a rollback, and the swap back", took):
        await asyncio.to_thread(service.typed, typed.ROLLBACK)
        await asyncio.to_thread(until, lambda: written_by(service) == first, "a text by the first", 60)
    counts = await back_up_and_restore(project, service, telegram, took)
    with step("the restored version promoted in the studio's container", took):
        # As the studio's *Promote* does, within its memory. Held against its hashes.
        await asyncio.to_thread(service.rhapsode, "models", "promote", second, inside="studio")
        await asyncio.to_thread(until, lambda: written_by(service) == second, "a text by it", 60)
    for name, done in BY_HAND.items():
        with step(name, took):
            await asyncio.to_thread(done, service)
            await asyncio.to_thread(until, lambda: written_by(service) == second, "a text by it", 60)
    return {"seconds": took, "texts": len(texts), "versions": [first, second], **counts}


def written_by(service: Service) -> str:
    """Which version writes now."""
    return str(service.rhapsode("chat", "--once", "a haiku about dew")["model_version"])


async def back_up_and_restore(
    project: Path, service: Service, telegram: FakeTelegram, took: dict[str, float]
) -> dict[str, Any]:
    """Back up while readers ask, lose everything, restore."""
    file = project / "rhapsode.tar"
    with step("a backup while readers ask", took):
        asking = asyncio.create_task(ask_and_rate(telegram, THEMES[:6]))
        await asyncio.to_thread(service.typed, typed.BACKUP)
        await asking
        assert file.stat().st_mode & 0o077 == 0
    names = {str(one["name"]) for one in await asyncio.to_thread(service.rhapsode, "models", "list")}
    with step("all volumes lost, and restored", took):
        for line in (typed.GIVE_UP, typed.RESTORE, typed.UP):
            await asyncio.to_thread(service.typed, line)
        await asyncio.to_thread(by_hand.healthy, service)
        assert {
            str(one["name"]) for one in await asyncio.to_thread(service.rhapsode, "models", "list")
        } == names
        stats = await asyncio.to_thread(service.rhapsode, "data", "stats")
        assert stats["ratings_up"] + stats["ratings_down"] >= len(THEMES)
        await ask_and_rate(telegram, THEMES[:1])
    return {"after_restore": stats, "backup_bytes": file.stat().st_size}


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rhapsode-verify-") as scratch:
        project = Path(scratch) / "project"
        copy_sources(project)
        make_images(project, Path(scratch))
        service = Service(project)
        async with FakeTelegram(bridge_address()) as telegram:
            write_env(project, telegram)
            service.remove()
            try:
                found = await verify(project, service, telegram)
            except BaseException:
                sys.stderr.write(service.logs())
                raise
            finally:
                service.remove()
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{error.stdout or ''}")
