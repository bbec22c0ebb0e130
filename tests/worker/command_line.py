"""Each command in a process of its own, forked from a server that has imported the command line once."""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

import pytest

from worker.cli import main

LIMIT = 120.0  # Seconds.

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])


def rhapsode(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, typed: str = ""
) -> CompletedProcess[str]:
    """What `rhapsode` does with these arguments, this environment and this input, in this folder."""
    with TemporaryDirectory() as kept:
        said = Path(kept, "out"), Path(kept, "err")
        asked = Path(kept, "in")
        asked.write_text(typed, encoding="utf-8")
        ours, theirs = _server.Pipe(duplex=False)
        process = _server.Process(
            target=_run, args=(arguments, dict(environment), folder, asked, said, theirs)
        )
        process.start()
        theirs.close()
        with ours:
            if not ours.poll(LIMIT):
                process.kill()
                pytest.fail(f"rhapsode {' '.join(arguments)}: not within {LIMIT:.0f} s")
            code = _received(ours)
        process.join()
        return CompletedProcess([*arguments], code, *(file.read_text("utf-8") for file in said))


def _received(ours: Connection) -> int:
    """The exit status. It comes through a pipe of its own: threads that wait at once take one another's."""
    try:
        code: int = ours.recv()
    except EOFError:
        return 1  # It ended with a traceback.
    return code


def _run(
    arguments: Sequence[str],
    environment: dict[str, str],
    folder: Path,
    asked: Path,
    said: tuple[Path, Path],
    ended: Connection,
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = asked.open(encoding="utf-8")
    for stream, file in zip((sys.stdout, sys.stderr), said, strict=True):
        with file.open("wb") as opened:
            os.dup2(opened.fileno(), stream.fileno())
    sys.argv = ["rhapsode", *arguments]
    try:
        main()
    except SystemExit as done:
        ended.send(done.code or 0)
        raise
