"""Flower, started as docker-compose.yml starts it, shows how many jobs wait in which queue."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import redis

from tests.conftest import REPOSITORY
from tests.deadline import DEADLINE
from tests.deploy.test_compose import SERVICES
from tests.worker.broker_running import running_broker
from tests.worker.conftest import until
from worker.broker import free_port


def test_flower_shows_how_many_jobs_wait_in_each_queue(tmp_path: Path) -> None:
    port = free_port()
    with running_broker(tmp_path / "broker") as broker:
        with redis.Redis.from_url(broker.url) as client:
            client.lpush("write", "{}", "{}", "{}")
            client.lpush("train", "{}")
        given = {"CELERY_BROKER_URL": broker.url, "PYTHONPATH": str(REPOSITORY)}
        flower = subprocess.Popen(  # noqa: S603 - our own command.
            [Path(sys.executable).with_name("celery"), "flower", "--address=127.0.0.1", f"--port={port}"],
            cwd=tmp_path, env=os.environ | SERVICES["flower"]["environment"] | given,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(lambda: answers(port), "Flower")
            page = httpx.get(f"http://127.0.0.1:{port}/broker", timeout=DEADLINE).text
        finally:
            flower.terminate()
            flower.wait(20)
    rows = re.findall(r'<tr id="(\w+)">.*?</td>\s*<td[^>]*>\s*(\d+)', page, re.DOTALL)

    assert dict(rows) == {"write": "3", "train": "1"}


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthcheck", timeout=DEADLINE).status_code == 200
    except httpx.TransportError:
        return False
