"""What processes tell each other over Redis pub/sub: live texts, cancellations, deployments.

All of it may be lost: SQL is the truth, and whoever listens also looks there now and then.
"""

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis
import structlog

log = structlog.get_logger(__name__)

_TO_WRITERS = "rhapsode:writers"
_PRESENT = "rhapsode:writer:"
_GPU = "rhapsode:gpu:"
_HERE = "rhapsode:here:"
PRESENCE = 10  # Seconds that a process counts as there, and a GPU, without saying so again.


def prompt_channel(prompt_id: int) -> str:
    return f"rhapsode:prompt:{prompt_id}"


@dataclass(frozen=True, slots=True)
class WriterSignal:
    """Something a writer should look at soon."""

    cancel: int | None = None  # Prompt id.
    deployment: bool = False


class Publisher:
    """Says things on the channels. A broker that is away is no error here."""

    def __init__(self, broker_url: str) -> None:
        self._redis = redis.Redis.from_url(broker_url, socket_timeout=2, socket_connect_timeout=2)

    def snapshot(self, prompt_id: int, text: str) -> None:
        self._publish(prompt_channel(prompt_id), {"text": text})

    def finished(self, prompt_id: int) -> None:
        self._publish(prompt_channel(prompt_id), {"finished": True})

    def cancel(self, prompt_id: int) -> None:
        self._publish(_TO_WRITERS, {"cancel": prompt_id})

    def deployment(self) -> None:
        self._publish(_TO_WRITERS, {"deployment": True})

    def writer_ready(self, version: str) -> None:
        """Note for so many seconds that a writer is there, and what it writes with."""
        self._note(f"{_PRESENT}{_whoami()}", version)

    def stay_present(self, version: Callable[[], str], stop: threading.Event) -> None:
        while not stop.wait(PRESENCE / 3):
            self.writer_ready(version())

    def writers(self) -> list[str]:
        """The live version of every writer that is there; empty if the broker is away."""
        return sorted(self._noted(_PRESENT))

    def gpu(self, uuid: str, facts: Mapping[str, Any]) -> None:
        """Note for so many seconds what a GPU does. Those of several writers on one machine are the same."""
        self._note(f"{_GPU}{uuid}", json.dumps(facts))

    def gpus(self) -> list[dict[str, Any]]:
        """What writers tell of their GPUs, by name and then by NVIDIA's id."""
        found: list[dict[str, Any]] = [json.loads(value) for value in self._noted(_GPU)]
        return sorted(found, key=lambda gpu: str(gpu["name"]))

    def here(self, process: str) -> None:
        """Note for so many seconds that this process is there."""
        self._note(f"{_HERE}{_whoami()}", process)

    def gone(self) -> None:
        """Take that back."""
        try:
            self._redis.delete(f"{_HERE}{_whoami()}")
        except redis.RedisError as error:
            log.debug("absence not noted", error=str(error))

    def processes(self) -> list[str]:
        """The name of every process that is there; empty if the broker is away."""
        return sorted(self._noted(_HERE))

    def answers(self) -> bool:
        """Is the broker there?"""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        self._redis.close()

    def _note(self, key: str, value: str) -> None:
        """For so many seconds, unless it is noted again."""
        try:
            self._redis.set(key, value, ex=PRESENCE)
        except redis.RedisError as error:
            log.debug("not noted", key=key, error=str(error))

    def _noted(self, beginning: str) -> list[str]:
        """The values of keys that begin so, in the order of the keys; none if the broker is away."""
        try:
            keys = sorted(self._redis.scan_iter(f"{beginning}*"))
            values: list[Any] = self._redis.mget(keys) if keys else []
        except redis.RedisError:
            return []
        return [value.decode() for value in values if value]

    def _publish(self, channel: str, message: dict[str, Any]) -> None:
        try:
            self._redis.publish(channel, json.dumps(message))
        except redis.RedisError as error:
            log.debug("a signal was lost", channel=channel, error=str(error))


def _whoami() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def listen(broker_url: str, hear: Callable[[WriterSignal], None], stop: threading.Event) -> None:
    """Hear the writers' channel until `stop`, through restarts of the broker."""
    while not stop.is_set():
        client = redis.Redis.from_url(broker_url, socket_connect_timeout=2)
        try:
            pubsub: Any = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            with pubsub:
                pubsub.subscribe(_TO_WRITERS)
                while not stop.is_set():
                    message = pubsub.get_message(timeout=0.5)
                    if message is not None:
                        hear(WriterSignal(**json.loads(message["data"])))
        except redis.RedisError as error:
            log.debug("not listening, the broker is away", error=str(error))
            stop.wait(1)
        finally:
            client.close()
