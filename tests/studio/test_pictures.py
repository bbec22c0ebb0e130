"""The documentation's pictures are made from the real studio, and are what they should be."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import REPOSITORY
from tests.installed import installed
from tests.studio.conftest import CHROMIUM
from tests.studio.pictures import PICTURES, WIDTH, Picture

_BANDS = 8  # From top to bottom, each of which has something on it.


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures are: in a folder of the tests, or where `make pictures` wants them."""
    wanted = request.config.getoption("--pictures")
    folder: Path = Path(wanted).resolve() if wanted else tmp_path_factory.mktemp("pictures")
    chromium = installed(request.config, CHROMIUM, "make browser")
    done = subprocess.run(  # noqa: S603 - our own module.
        [sys.executable, "-m", "tests.studio.pictures", chromium, str(folder)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_whole_and_nowhere_blank(made: Path, picture: Picture) -> None:
    with Image.open(made / f"{picture.name}.png") as image:
        width, height = image.size
        grey = image.convert("L")
    bands = [grey.crop((0, height * n // _BANDS, width, height * (n + 1) // _BANDS)) for n in range(_BANDS)]

    assert width == WIDTH
    assert height > picture.height if picture.name == "studio-learning" else height >= picture.height
    assert [n for n, band in enumerate(bands) if len(Counter(band.tobytes())) < 8] == []


def test_every_picture_of_the_documentation_is_made_so() -> None:
    assert {file.stem for file in (REPOSITORY / "docs").glob("*.png")} == {one.name for one in PICTURES}
