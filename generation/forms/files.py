"""Read a form's TOML file, or say in one line what is wrong with it."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from generation.forms.form import Form

_FORM = TypeAdapter(Form)


class BadForm(Exception):
    """Raised when a form's file is wrong; the message is the one line that the operator reads."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file}: {why}")
        self.file = file
        self.why = why


def read_form(file: Path) -> Form:
    """The form of a file; the file's name is the form's. Raises BadForm."""
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise BadForm(file, f"it is not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadForm(file, f"it cannot be read: {error}") from None
    if "name" in declared:
        raise BadForm(file, "name: the file's name is the form's name")
    try:
        return _FORM.validate_python({**declared, "name": file.stem})
    except ValidationError as error:
        raise BadForm(file, _one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    """The first error, with its place: "checks 1, most: Input should be …"."""
    first: Any = error.errors(include_url=False)[0]
    kinds = {"function-after", "tagged-union", "constrained-int", "constrained-str"}
    place = [
        str(part + 1) if isinstance(part, int) else part
        for part in first["loc"]
        if not (isinstance(part, str) and (part in kinds or "[" in part))
    ]
    message = " ".join(first["msg"].removeprefix("Value error, ").split())
    return f"{' '.join(place) or 'form'}: {message}"
