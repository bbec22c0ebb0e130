"""What a version is not written from does not stay in memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from generation.base_models import Base
from generation.given_back import unwritten
from generation.versions import base_name, load_version

# Once a large piece is freed, glibc puts smaller ones into the heap. 100 of 200 MB are freed.
HOLES = """
import psutil
from generation.given_back import give_back_at_once
give_back_at_once()
del (large := [bytearray(30 << 20)])[:]
pieces = [bytearray(b"x") * (1 << 20) for _ in range(200)]
before = psutil.Process().memory_info().rss
del pieces[::2]
print((before - psutil.Process().memory_info().rss) >> 20)
"""
# How much memory a version in float32 takes, as a multiple of its weights.
IN_FLOAT32 = """
import re, sys, torch
from pathlib import Path
from generation.base_models import prepare_base
from generation.versions import base_name, load_version
def held():
    return int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1)) << 10
base, nowhere = prepare_base(sys.argv[1], Path(sys.argv[2])), Path(sys.argv[2])
before = held()
version = load_version(nowhere, base_name(base), base, "cpu", torch.float32)
print((held() - before) / 2 / sum(file.stat().st_size for file in base.folder.glob("*.safetensors")))
"""
MAPPING = """7f00a000-7f00c000 rw-p 00000000 fe:00 53 {name}
Rss:                   8 kB
Anonymous:             {written} kB
Swap:                  0 kB
7f00c000-7f00d000 rw-p 00000000 00:00 0
Rss:                   4 kB
Anonymous:             4 kB
Swap:                  0 kB
"""


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("/models/my base/model.safetensors", 0, [(0x7F00A000, 0x2000)]),
        ("/models/my base/model.safetensors", 4, []),  # A page that was written to is in no file.
        ("/models/my base/model.safetensors (deleted)", 0, []),
        ("/usr/lib/libtorch.so", 0, []),
    ],
)
def test_only_what_its_file_holds_is_given_back(
    name: str, written: int, expected: list[tuple[int, int]]
) -> None:
    mappings = MAPPING.format(name=name, written=written)
    assert list(unwritten(mappings, {"/models/my base/model.safetensors"})) == expected


def test_weights_that_were_laid_out_anew_are_not_in_memory_twice(base: Base, tmp_path: Path) -> None:
    """Where they are not laid out anew (`packed_linear.py`) they come back when they are read."""
    load_version(tmp_path, base_name(base), base, "cpu", torch.bfloat16)
    files = [file.resolve() for file in base.folder.glob("*.safetensors")]
    mapped = re.findall(
        rf"(?:{'|'.join(re.escape(str(file)) for file in files)})\n(?:\w+: .*\n)*?Rss: +(\d+) kB",
        Path("/proc/self/smaps").read_text(encoding="utf-8"),
    )
    assert mapped
    assert sum(int(kb) for kb in mapped) << 10 < sum(file.stat().st_size for file in files) / 4


def test_nor_are_those_that_are_wider_in_memory_than_in_their_file(base: Base, tmp_path: Path) -> None:
    """Beside the layers there is what is looked up, which is the last layer's weights again."""
    child = subprocess.run(  # noqa: S603 - our own lines.
        [sys.executable, "-c", IN_FLOAT32, base.folder, tmp_path], check=True, capture_output=True, text=True
    )
    assert float(child.stdout) < 1.8


def test_holes_between_what_is_held_go_back_to_the_system() -> None:
    child = subprocess.run(  # noqa: S603 - our own lines.
        [sys.executable, "-c", HOLES], check=True, capture_output=True, text=True
    )
    assert int(child.stdout) > 90
