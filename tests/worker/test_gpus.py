"""What writers tell of their GPUs, over a real broker, from a tool that says what NVIDIA's says."""

import os
import threading
from pathlib import Path

import pytest

from studio.machine import Gpu
from tests.worker.broker_running import running_broker
from tests.worker.conftest import until
from worker.gpus import look_at_gpus, read_gpus, tell_of_gpus
from worker.signals import Publisher

H100 = Gpu("NVIDIA H100", 0.37, 1 << 30, 81559 << 20)


def tool(folder: Path, *lines: str) -> Path:
    """An `nvidia-smi` that says this."""
    folder.mkdir()
    made = folder / "nvidia-smi"
    made.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))
    made.chmod(0o755)
    return made


@pytest.mark.parametrize(
    ("line", "gpus"),
    [
        ("", []),
        ("GPU-5f, NVIDIA H100, 37, 1024, 81559", [("GPU-5f", H100)]),
        ("GPU-0, Orin, [N/A], [N/A], [N/A]", [("GPU-0", Gpu("Orin", 0.0, 0, 0))]),
        ("No devices were found", []),
    ],
)
def test_gpus_are_read_from_nvidias_own_tool(line: str, gpus: list[tuple[str, Gpu]]) -> None:
    assert list(read_gpus([line])) == gpus


def test_a_tool_that_fails_sees_none(tmp_path: Path) -> None:
    assert look_at_gpus(str(tool(tmp_path / "bin", "GPU-5f, NVIDIA H100, 37, 1024, 81559"))) != []
    assert look_at_gpus("/bin/false") == look_at_gpus(str(tmp_path / "nowhere")) == []


def test_a_gpu_of_two_writers_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path / "bin", "GPU-5f, NVIDIA H100, 37, 1024, 81559", "GPU-60, NVIDIA H100, 0, 0, 81559")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    stop = threading.Event()
    with running_broker(tmp_path) as broker:
        publishers = [Publisher(broker.url) for _ in range(2)]
        writers = [threading.Thread(target=tell_of_gpus, args=(one, stop)) for one in publishers]
        for writer in writers:
            writer.start()
        until(lambda: len(publishers[0].gpus()) == 2, "both GPUs are told")
        stop.set()
        for writer in writers:
            writer.join(10)

        assert sorted(gpu["busy"] for gpu in publishers[1].gpus()) == [0.0, 0.37]
        assert publishers[1].writers() == []
        broker.stop()
        assert publishers[0].gpus() == []
        for publisher in publishers:
            publisher.close()
