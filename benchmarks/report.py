"""What every benchmark shares: options, quiet logs, and figures as a table or as one flat JSON object."""

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import structlog

Figures = dict[str, float]


def options_for(doc: str | None) -> argparse.ArgumentParser:
    """A parser that knows --json and shows the module's docstring as help."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    return parser


def takes_base_cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base-cache", type=Path, default=Path(".rhapsode/base"))


def percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def quiet() -> None:
    """Only what goes wrong is logged."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def report(figures: Figures, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
        return
    for name, value in figures.items():
        print(f"{name:<32}{value:12.3f}")
