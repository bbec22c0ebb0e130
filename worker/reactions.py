"""What reactions say of a piece, as an operator writes it down. Pure."""

import re
from collections.abc import Mapping

_NAME = re.compile(r"[^\s:=,]{1,100}")


def read_reactions(text: str) -> Mapping[str, float]:
    """Verdicts from -1 to 1 by name, from "heart=1, eyes=0.5, -1=-1". Raises ValueError."""
    parts = [part.strip() for part in text.split(",")]
    return dict(_entry(part) for part in parts if part)


def _entry(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    name = name.strip().strip(":")
    try:
        verdict = float(number)
    except ValueError:
        verdict = 0.0
    if not _NAME.fullmatch(name) or not -1 <= verdict <= 1 or verdict == 0:
        raise ValueError("allowed are names and numbers from -1 to 1, such as 'heart=1, eyes=0.5, -1=-1'")
    return name, verdict
