"""`rhapsode up`: everything in one supervised tree, with an embedded broker and SQLite."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence

import aiohttp
from filelock import FileLock, Timeout

from worker.base_model import base_of
from worker.broker import embedded_broker, free_port, wait_for_broker
from worker.parts import Parts
from worker.problems import CannotStart
from worker.setting_names import variable_of
from worker.settings import Settings
from worker.studio_access import access_of
from worker.supervision import Child, Tree

_LAST_PORT = 65535
_READY = 180.0  # Seconds: a slow machine reads the model's weights for the first time.


def rhapsode(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own processes."""
    return (sys.executable, "-m", "worker", *arguments)


def children(settings: Settings, broker_url: str, studio_port: int) -> list[Child]:
    """The processes of a full tree without the broker; chat adapters only where there are tokens."""
    environment = {variable_of("broker_url"): broker_url, variable_of("studio_port"): str(studio_port)}
    names = ["writer", "trainer", "clock", "studio"]
    if settings.telegram_token:
        names.append("telegram")
    if settings.slack_bot_token and (settings.slack_app_token or settings.slack_http_port):
        names.append("slack")
    ports = ports_for_metrics(settings, len(names))
    return [
        Child(name, rhapsode(name), environment | {variable_of("metrics_port"): str(port)})
        for name, port in zip(names, ports, strict=True)
    ]


def ports_for_metrics(settings: Settings, count: int) -> list[int]:
    """A port for each process, counted on from the configured one past what is taken; 0 if none is wanted."""
    found: list[int] = []
    port = settings.metrics_port
    while port and len(found) < count and port <= _LAST_PORT:
        if is_free(settings.metrics_host, port):
            found.append(port)
        port += 1
    return found + [0] * (count - len(found))


def is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def port_for_studio(settings: Settings) -> int:
    """The configured port, or the next free one if it is merely the default. Raises CannotStart."""
    chosen = "studio_port" in settings.model_fields_set
    for port in range(settings.studio_port, settings.studio_port + (1 if chosen else 20)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.studio_host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart(f"{variable_of('studio_port')} is {settings.studio_port}: that port is taken")


def run_up(parts: Parts, say: Callable[[str], None]) -> None:
    """Start the tree and keep it until SIGINT or SIGTERM. Raises CannotStart, BadForm."""
    settings = parts.settings
    # What is wrong stops the start, before the processes.
    _, _, _ = parts.forms, parts.screen, access_of(settings)
    settings.run_folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.run_folder / "up.lock", blocking=False)
    try:
        with lock:
            asyncio.run(_run(parts, say))
    except Timeout:
        raise CannotStart(f"rhapsode runs in {settings.home} already") from None


async def _run(parts: Parts, say: Callable[[str], None]) -> None:
    settings = parts.settings
    studio_port = port_for_studio(settings)
    if not settings.base_is_elsewhere:
        if not settings.bases.exists():
            say("preparing the model (once, about half a minute)")
        await asyncio.to_thread(base_of, parts)
    _ = parts.store  # Migrated once, before the processes start.
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    trees: list[Tree] = []
    try:
        broker_url = await _start_broker(parts, trees, say)
        tree = Tree(children(settings, broker_url, studio_port), say)
        trees.append(tree)
        tree.start()
        address = f"http://{settings.studio_host}:{studio_port}"
        stopped = asyncio.create_task(stop.wait())
        ready = asyncio.create_task(_ready(parts, address))
        await asyncio.wait({stopped, ready}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
            _greet(say, address)
        await stopped
        say("stopping")
    finally:
        for tree in reversed(trees):
            await tree.stop()
        parts.forget_broker()
        parts.close()


async def _start_broker(parts: Parts, trees: list[Tree], say: Callable[[str], None]) -> str:
    """The configured broker, or an embedded one as the first tree. Returns its address."""
    if parts.settings.broker_url is not None:
        return parts.broker_url
    child, url = embedded_broker(parts.settings.home / "broker", free_port())
    tree = Tree([child], say)
    trees.append(tree)
    tree.start()
    await asyncio.to_thread(wait_for_broker, url, 15.0)
    parts.write_down_broker(url)
    return url


async def _ready(parts: Parts, address: str) -> None:
    """Return once a writer is there and the studio answers. Raises CannotStart."""
    deadline = time.monotonic() + _READY
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            if await asyncio.to_thread(parts.publisher.writers) and await _answers(session, address):
                return
            await asyncio.sleep(0.1)
    raise CannotStart(f"no writer is ready after {_READY:.0f} s; the lines above say why")


async def _answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/healthz", timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _greet(say: Callable[[str], None], address: str) -> None:
    lines: Sequence[str] = (
        "",
        f"  Rhapsode is ready: {address}",
        "  Try it there, or here in another terminal:",
        '    .venv/bin/rhapsode chat --once "a haiku about rain"',
        "  Ctrl-C stops everything.",
        "",
    )
    for line in lines:
        say(line)
