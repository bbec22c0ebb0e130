"""The process of a run, or the team of them: begun with its job, and ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrain.job import Job
from worker.problems import RunBroken

# By whether it is on the CPU, where accelerate's own launcher wants MPI. The number of processes comes last.
_LAUNCHERS = {
    False: (
        "accelerate.commands.launch",
        "--multi_gpu",
        "--num_machines=1",
        "--mixed_precision=no",
        "--dynamo_backend=no",
        "--num_processes",
    ),
    True: ("torch.distributed.run", "--standalone", "--nproc_per_node"),
}
_PATIENCE = 15.0  # Seconds that a child has to stop by itself.


@contextmanager
def process_of(job: Job, processes: int, run_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Its outcome is in the run's row, so what it prints is not needed. It has ended afterwards."""
    # Where a team reads its job: several processes cannot share one standard input.
    handed = run_folder.resolve() / f"run-{job.run_id}.json"
    child = _begin_team(job, processes, handed) if processes > 1 else _begin(job)
    try:
        yield child
    finally:
        _end(child)
        handed.unlink(missing_ok=True)


def _begin(job: Job) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "retrain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    if child.stdin is None:
        raise RunBroken("the child has no standard input")
    with child.stdin:
        child.stdin.write(job.to_json())
    return child


def _begin_team(job: Job, processes: int, handed: Path) -> subprocess.Popen[str]:
    handed.parent.mkdir(parents=True, exist_ok=True)
    handed.touch(mode=0o600)  # It holds secrets.
    handed.write_text(job.to_json(), encoding="utf-8")
    launch = [sys.executable, "-m", *_LAUNCHERS[job.place.device == "cpu"]]
    launch += [str(processes), "-m", "retrain", str(handed)]
    threads = {"OMP_NUM_THREADS": str(job.place.threads or 1)}  # Each; the launcher would say so aloud.
    return subprocess.Popen(  # noqa: S603 - our own command.
        launch, stdout=subprocess.DEVNULL, text=True, env={**threads, **os.environ}
    )


def _end(child: subprocess.Popen[str]) -> None:
    """Stop a child that still runs."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
