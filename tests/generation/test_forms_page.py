"""docs/forms.md says what the code does."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from generation.checks import check
from generation.checks.kinds import AnyCheck
from generation.forms import load_catalogue
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "forms.md").read_text(encoding="utf-8")


def test_the_table_of_checks_has_every_kind_with_its_parameters() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE)
    told = {kind: set(re.findall(r"`(\w+)`", parameters)) for kind, parameters in rows}
    kinds = get_args(get_args(AnyCheck)[0])
    assert told == {
        get_args(kind.__annotations__["kind"])[0]: {f.name for f in fields(kind)} - {"kind", "language"}
        for kind in kinds
    }


def test_the_example_on_the_page_works(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    (tmp_path / "senryu.toml").write_text(example[1], encoding="utf-8")
    senryu = load_catalogue(tmp_path).named("川柳")
    assert check(senryu, senryu.examples[0].text, "en").score == 1
