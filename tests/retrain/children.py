"""Runs in a process of their own, to be killed."""

import subprocess
import sys

from retrain.job import Job


def begin(job: Job) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "retrain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    with child.stdin as stdin:
        stdin.write(job.to_json())
    return child
