"""The studio as a process: says where it is, stops when told to, leaves nothing behind."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from studio.app import CannotListen, listen
from tests.deadline import DEADLINE

SERVE = """
from pathlib import Path
from studio.access import Access
from studio.app import serve
from studio.parts import Parts
from tests.fakes.inbox import MemoryInbox
from tests.studio.conftest import store_at
from tests.studio.steering import OneMachine, TestSteering

store, inbox = store_at(Path("data")), MemoryInbox()
parts = Parts(inbox, inbox, store, {"poem": "verse"}, dict, TestSteering(store), OneMachine())
serve(parts, Access(), port=0, storage_secret="secret", on_ready=lambda url: print(url, flush=True))
store.close()
print("closed", flush=True)
"""
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-c", SERVE]
    environment = {"PYTHONPATH": str(PROJECT), "PATH": ""}
    with subprocess.Popen(  # noqa: S603 - our own words.
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert "Rhapsode" in httpx.get(url, timeout=DEADLINE).text
        process.send_signal(stop)
        out, err = process.communicate(timeout=DEADLINE)

    assert (process.returncode, out, err) == (0, "closed\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_an_address_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1 port {port}"):
            listen("127.0.0.1", port)
