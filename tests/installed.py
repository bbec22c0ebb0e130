"""Programs that tests need and pip does not bring: found, or their absence fails with how to install them."""

import os
import shutil
import sys
from pathlib import Path

import pytest

SKIP = "--skip-missing"


def installed(config: pytest.Config, names: tuple[str, ...], how: str) -> str:
    """The path of the first of these programs; also looked for where `make` puts them, beside Python."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    for name in names:
        if found := shutil.which(name, path=places):
            return found
    told = f"{names[0]} is not installed. Install it with: {how} (or skip what needs it: pytest {SKIP})"
    if config.getoption(SKIP):
        pytest.skip(told)
    pytest.fail(told, pytrace=False)
