"""Every setting that a page, a deployment or an example names is one that the program takes."""

import re

from tests.conftest import REPOSITORY
from tests.docs.quoted import PAGES
from worker.setting_names import variable_of
from worker.settings import Settings

_NAME = re.compile(r"\bRHAPSODE_[A-Z][A-Z0-9_]*[A-Z0-9](?![A-Z0-9_*…])")
_DEPLOYED = [
    path for path in (REPOSITORY / "deploy").rglob("*") if path.suffix in (".yaml", ".yml", ".md", "")
]
_NAMING = [
    *PAGES,
    *(REPOSITORY / name for name in (".env.example", "docker-compose.yml", "Makefile")),
    *(path for path in _DEPLOYED if path.is_file()),
]


def test_every_setting_that_is_named_exists() -> None:
    known = {variable_of(field) for field in Settings.model_fields}
    named = {
        (path.name, name) for path in _NAMING for name in _NAME.findall(path.read_text(encoding="utf-8"))
    }

    assert len(named) > 100
    assert sorted((page, name) for page, name in named if name not in known) == []
