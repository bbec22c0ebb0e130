"""Load a simulated reader: a function of what was asked and what was written, named in one line."""

import hashlib
import importlib
import importlib.util
import inspect
from collections.abc import Callable
from functools import wraps
from math import isfinite
from pathlib import Path
from types import ModuleType

from retrain.readers import BUILT_IN

Reader = Callable[[str, str], float]  # The prompt in words, and the text; −1 (bad) to 1 (good).


class BadReader(Exception):
    """Raised when a reader cannot be loaded, or gives something that is no score."""


def load_reader(spec: str) -> Reader:
    """What "folder/file.py:function", "package.module:function" or a built-in name says. Raises BadReader."""
    if spec in BUILT_IN:
        return _checked(spec, BUILT_IN[spec])
    place, _, name = spec.rpartition(":")
    if not place or not name:
        ours = ", ".join(BUILT_IN)
        raise BadReader(f"{spec!r} is neither file.py:function nor module:function, nor one of {ours}")
    function = getattr(_module(place), name, None)
    if not callable(function):
        raise BadReader(f"{place} has no function {name!r}")
    return _checked(spec, function)


def source_of(reader: Reader) -> str:
    """The reader's name and a hash of the file that it is written in."""
    function = inspect.unwrap(reader)
    try:
        file = Path(inspect.getsourcefile(function) or "")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except (OSError, TypeError):  # It is no Python function.
        digest = ""
    return f"{getattr(function, '__qualname__', type(function).__qualname__)} {digest}"


def _module(place: str) -> ModuleType:
    if not place.endswith(".py"):
        try:
            return importlib.import_module(place)
        except ImportError as error:
            raise BadReader(f"module {place} cannot be imported: {error}") from error
    file = Path(place).expanduser()
    found = importlib.util.spec_from_file_location(f"reader_{file.stem}", file)
    if not file.is_file() or found is None or found.loader is None:
        raise BadReader(f"{file} is no Python file")
    module = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except Exception as error:
        raise BadReader(f"{file} cannot be run: {type(error).__name__}: {error}") from error
    return module


def _checked(spec: str, function: Callable[[str, str], object]) -> Reader:
    @wraps(function)
    def score(prompt: str, text: str) -> float:
        value = function(prompt, text)
        if not isinstance(value, (int, float)) or not isfinite(value) or not -1 <= value <= 1:
            raise BadReader(f"{spec} gave {value!r}, which is no number from -1 to 1")
        return float(value)

    return score
