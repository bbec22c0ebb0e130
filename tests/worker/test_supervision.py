"""Children that crash are started again, ever more slowly; a stop leaves none."""

import asyncio
import sys

import psutil
import pytest

from tests.deadline import DEADLINE
from tests.worker.conftest import until
from worker.supervision import Child, Tree, back_off

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.mark.parametrize(("crashes", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (60, 30)])
def test_the_pause_before_a_restart_doubles_up_to_half_a_minute(crashes: int, seconds: float) -> None:
    assert back_off(crashes) == seconds


async def test_a_child_that_crashes_is_started_again_and_it_is_said() -> None:
    said = asyncio.Queue[str]()
    tree = Tree([Child("poet", (sys.executable, "-c", "raise SystemExit(3)"))], said.put_nowait)
    tree.start()
    first = await asyncio.wait_for(said.get(), DEADLINE)
    second = await asyncio.wait_for(said.get(), DEADLINE)
    await tree.stop()
    assert first == "poet stopped (exit code 3); starting it again in 1 s"
    assert second == "poet stopped (exit code 3); starting it again in 2 s"


async def test_a_stop_ends_every_child() -> None:
    tree = Tree([Child("one", SLEEPER), Child("two", SLEEPER)], lambda _: None)
    tree.start()
    await asyncio.to_thread(until, lambda: bool(tree.pid("one") and tree.pid("two")), "both children")
    pids = [tree.pid("one"), tree.pid("two")]
    await tree.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)


async def test_what_children_print_does_not_mix_with_what_the_command_prints(
    capfd: pytest.CaptureFixture[str],
) -> None:
    said = asyncio.Queue[str]()
    tree = Tree([Child("poet", (sys.executable, "-c", "print('Warm shutdown')"))], said.put_nowait)
    tree.start()
    await asyncio.wait_for(said.get(), DEADLINE)
    await tree.stop()
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "Warm shutdown\n")
