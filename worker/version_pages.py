"""Versions in words: where one comes from, and how two differ. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from feedback.records import RULE, Figure
from feedback.store.lineage import TextOrigin, VersionOrigin


def text_lines(origin: TextOrigin) -> Iterator[str]:
    yield f"completion {origin.completion_id}: a {origin.form} ({origin.language}), seed {origin.seed}"
    yield f"  written by {origin.model_version} as {origin.arm}, {origin.created_at:%Y-%m-%d %H:%M} UTC"
    yield f"  learned from by {_listed(origin.learned_by)}"


def version_lines(origin: VersionOrigin) -> Iterator[str]:
    yield f"{origin.name} ({origin.status}), made from {origin.parent or 'nothing before it'}"
    if origin.run_id is not None:
        yield f"  run {origin.run_id} ({origin.run_status})"
    if origin.corpus:
        yield f"  corpus {origin.corpus}"
    if origin.snapshot_sha256:
        yield f"  snapshot {origin.snapshot_sha256[:12]}, ratings until {origin.cutoff:%Y-%m-%d %H:%M} UTC"
        yield "  rows: " + ", ".join(f"{count} {name}" for name, count in origin.counts.items())
        if origin.beside:
            yield "  beside them: " + ", ".join(f"{count} {name}" for name, count in origin.beside.items())
        yield "  written by " + _listed([f"{name} ({count})" for name, count in origin.written_by.items()])
    yield f"  has written {origin.completions} texts; learned from by {_listed(origin.learned_by)}"


def figure_line(figure: Figure) -> str:
    between = "" if figure.low is None or figure.high is None else f"{figure.low:.4f} … {figure.high:.4f}"
    verdict = "" if figure.passed is None else "passed" if figure.passed else "FAILED"
    return f"  {figure.metric:<28} {figure.value:>9.4f}  {between:<22} n = {figure.n:<5} {verdict}".rstrip()


def figure_differences(
    a: Mapping[str, Figure], b: Mapping[str, Figure]
) -> dict[str, tuple[float | None, float | None]]:
    """Every metric that was measured on either side."""
    return {
        metric: (a[metric].value if metric in a else None, b[metric].value if metric in b else None)
        for metric in sorted(a.keys() | b.keys())
        if not metric.startswith(RULE)
    }


def dataset_differences(a: VersionOrigin, b: VersionOrigin) -> dict[str, list[int]]:
    """Completions that only one learned from, or that changed label, weight or split."""
    return {
        "added": sorted(b.rows.keys() - a.rows.keys()),
        "removed": sorted(a.rows.keys() - b.rows.keys()),
        "changed": sorted(i for i in a.rows.keys() & b.rows.keys() if a.rows[i] != b.rows[i]),
    }


def recipe_differences(a: VersionOrigin, b: VersionOrigin) -> dict[str, tuple[Any, Any]]:
    """Settings of the two runs that are not equal, by their path."""
    left, right = dict(_flat(a.config)), dict(_flat(b.config))
    return {
        path: (left.get(path), right.get(path))
        for path in sorted(left.keys() | right.keys())
        if left.get(path) != right.get(path)
    }


def side_by_side(left: str, right: str, width: int = 46) -> Iterator[str]:
    """Two texts in two columns."""
    rows, others = left.splitlines(), right.splitlines()
    for i in range(max(len(rows), len(others))):
        one, other = (lines[i] if i < len(lines) else "" for lines in (rows, others))
        yield f"  {one[:width]:<{width}} │ {other[:width]}".rstrip()


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _listed(names: object) -> str:
    return ", ".join(names) if isinstance(names, list | tuple) and names else "nobody"
