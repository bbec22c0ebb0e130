"""Numbers, moments and shares as people read them. Pure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def figures(values: Mapping[str, Any]) -> str:
    """Metrics on one line, whatever a run has written down: "perplexity 12.3 · distinct_2 0.81"."""
    return " · ".join(
        f"{name} {figure(value)}" for name, value in values.items() if not isinstance(value, dict | list)
    )


def figure(value: Any) -> str:
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def between(low: float | None, high: float | None) -> str:
    """An interval; nothing where none was computed."""
    return "" if low is None or high is None else f"{low:+.3f} … {high:+.3f}"


def percent(share: float) -> str:
    return f"{share:.0%}"


def when(moment: datetime) -> str:
    """In UTC, as the column says."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"


def size(count: int) -> str:
    """Of bytes: 1536 is "1.5 KiB"."""
    value = float(count)
    for unit in _UNITS:
        if value < 1024 or unit == _UNITS[-1]:
            break
        value /= 1024
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
