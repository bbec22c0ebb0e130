"""Memory that is held and not needed is given back to the system, where Linux and glibc know how."""

import ctypes
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_MAPPINGS = Path("/proc/self/smaps")
_DONTNEED = 4  # MADV_DONTNEED.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # Names of mallopt(3).


def give_back_at_once() -> None:
    """From now on what takes more than 256 KB lies beside the heap, and is not held once it is freed.

    Left to itself, glibc soon puts what is smaller than 32 MB into the heap, and shelves that grow through
    all sizes leave holes there that fit nothing: 190 MB of them beside a full cache of 512.
    """
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, 256 << 10)
        libc.mallopt(_TRIM_THRESHOLD, 1 << 20)
    except (OSError, AttributeError, TypeError) as error:
        log.debug("freed memory may be kept", error=str(error))


def give_back(weights: Collection[Path]) -> None:
    """What was freed, and the pages of these files of weights: they come from there again when they are read,
    and of layers that were laid out anew (`packed_linear.py`) only the next version reads them."""
    try:
        libc, mappings = ctypes.CDLL(None), _MAPPINGS.read_text(encoding="utf-8", errors="replace")
        for start, size in unwritten(mappings, {str(file.resolve()) for file in weights}):
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _DONTNEED)
        libc.malloc_trim(0)
    except (OSError, AttributeError, TypeError) as error:
        log.debug("memory is kept", error=str(error))


def unwritten(mappings: str, files: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where these files are mapped, as address and bytes: no page was written to, for that is in no file."""
    for mapping in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", mappings, flags=re.MULTILINE):
        head, _, facts = mapping.partition("\n")
        fields = head.split(maxsplit=5)
        clean = all(re.search(rf"^{fact}: +0 kB$", facts, re.MULTILINE) for fact in ("Anonymous", "Swap"))
        if clean and fields[5:] and fields[5] in files:
            start, end = (int(address, 16) for address in fields[0].split("-"))
            yield start, end - start
