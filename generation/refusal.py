"""When a version must not become live, and when that cannot be known just now."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from generation.engine import CannotLoadNow, EngineClosed

# The machine's or the disk's own trouble: nothing is wrong with what is read.
_PASSING = {errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.ETIMEDOUT}
_LONGEST = 200  # Characters of a library's own words.


class RefusedVersion(Exception):
    """Raised when a version folder must not become live."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"version {name} is refused: {why}")
        self.name = name
        self.why = why


def of_this_machine(error: Exception) -> bool:
    """Says nothing about the version: it may be tried again."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _PASSING)


@contextmanager
def refusing(name: str, why: str, passing: Callable[[Exception], bool] = of_this_machine) -> Iterator[None]:
    """Whatever goes wrong in here refuses the version, or is `passing`: RefusedVersion, or CannotLoadNow."""
    try:
        yield
    except (RefusedVersion, CannotLoadNow, EngineClosed):
        raise
    except Exception as error:
        if passing(error):
            raise CannotLoadNow(f"version {name}: {error}") from error
        raise RefusedVersion(name, f"{why} ({type(error).__name__}: {_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:_LONGEST]
