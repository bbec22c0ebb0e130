"""Commands about the history of versions: lineage, differences, and what the order of variants does."""

import shutil
from dataclasses import asdict
from typing import Annotated, Any

import typer

from worker.operator_commands import AsJson, as_json, models
from worker.parts import Parts
from worker.process_commands import parts_for
from worker.pruning import prunable
from worker.version_pages import (
    dataset_differences,
    figure_differences,
    recipe_differences,
    side_by_side,
    text_lines,
    version_lines,
)


def register(_: typer.Typer) -> None:
    """The commands are part of `rhapsode models`; importing this module adds them."""


@models.command("lineage")
def lineage(
    what: Annotated[str, typer.Argument(help="The number of a completion, or a version.")],
    json_: AsJson = False,
) -> None:
    """From a text or a version to its run, its rows and who wrote them, and on to who learned from it."""
    store = parts_for("models", log_level="warning").store
    text = store.lineage.of_text(int(what)) if what.isdecimal() else None
    versions = [store.lineage.of_version(text.model_version if text else what)]
    while (parent := versions[-1].parent) is not None:
        versions.append(store.lineage.of_version(parent))
    if json_:
        typer.echo(as_json({"text": text and asdict(text), "versions": [asdict(v) for v in versions]}))
        return
    for line in text_lines(text) if text else ():
        typer.echo(line)
    for version in versions:
        for line in version_lines(version):
            typer.echo(line)


@models.command("diff")
def diff(
    a: Annotated[str, typer.Argument(help="A version.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    samples: Annotated[int, typer.Option(min=0, max=24, help="Pieces that both write now.")] = 2,
    json_: AsJson = False,
) -> None:
    """How two versions differ: figures, rows, recipe, and what they write for the same prompts and seeds."""
    parts = parts_for("models", log_level="warning")
    store = parts.store
    left, right = store.lineage.of_version(a), store.lineage.of_version(b)
    found: dict[str, Any] = {
        "same_suite": bool(store.lineage.suites(a) & store.lineage.suites(b)),
        "figures": figure_differences(
            {f.metric: f for f in store.figures.of(a)}, {f.metric: f for f in store.figures.of(b)}
        ),
        "rows": dataset_differences(left, right),
        "recipe": recipe_differences(left, right),
        "samples": _samples(parts, a, b, samples) if samples else [],
    }
    if json_:
        typer.echo(as_json({"a": a, "b": b, **found}))
        return
    _print_differences(a, b, found)


def _print_differences(a: str, b: str, found: dict[str, Any]) -> None:
    note = "" if found["same_suite"] else "  (measured on different suites: not comparable)"
    typer.echo(f"{'':<30}{a:>16}{b:>16}{note}")
    for metric, values in found["figures"].items():
        left, right = ("-" if value is None else f"{value:.4f}" for value in values)
        typer.echo(f"  {metric:<28}{left:>16}{right:>16}")
    rows = found["rows"]
    typer.echo("rows: " + ", ".join(f"{len(rows[name])} {name}" for name in ("added", "removed", "changed")))
    for path, (left, right) in found["recipe"].items():
        typer.echo(f"  {path}: {left} → {right}")
    for sample in found["samples"]:
        typer.echo(f"\n{sample['asked']}")
        for line in side_by_side(sample["a"], sample["b"]):
            typer.echo(line)


def _samples(parts: Parts, a: str, b: str, count: int) -> list[dict[str, str]]:
    """What both write for prompts of ours, each with the same seed. Raises RefusedVersion, NotAModel."""
    from generation.versions import load_version
    from retrain.config import Examination
    from retrain.evaluation import write_pieces
    from retrain.selection import Selection
    from retrain.suite import asked_in_words, suite_from
    from worker.base_model import base_of, device_of, dtype_of

    base, device = base_of(parts), device_of(parts)
    suite = suite_from([], Selection().heldout_buckets, Examination(pieces=count))
    written = []
    for name in (a, b):
        artifact = parts.store.versions.get(name).artifact_sha256
        dtype = dtype_of(parts, device)
        version = load_version(parts.settings.models, name, base, device, dtype, artifact=artifact)
        written.append(write_pieces(version, suite, lambda: None, parts.forms, parts.settings.threads))
    return [
        {"asked": asked_in_words(asked), "a": left, "b": right}
        for (asked, left), (_, right) in zip(*written, strict=True)
    ]


@models.command("prune")
def prune(
    keep: Annotated[int, typer.Option(min=0, help="Of the newest refused ones, so many stay.")] = 3,
    json_: AsJson = False,
) -> None:
    """Delete the folders of refused candidates; what is known of them stays, but they cannot be promoted."""
    parts = parts_for("models", log_level="warning")
    folders = prunable(parts.store.versions.all(), parts.settings.models, keep)
    for folder in folders:
        shutil.rmtree(folder)
    names = [folder.name for folder in folders]
    typer.echo(as_json({"deleted": names}) if json_ else f"deleted: {', '.join(names) or 'none'}")


@models.command("positions")
def positions(json_: AsJson = False) -> None:
    """How often readers choose the variant that they are shown first, beside what chance would give."""
    effect = parts_for("models", log_level="warning").store.positions.effect()
    if json_:
        shares = {"share": effect.share, "share_by_chance": effect.share_by_chance}
        typer.echo(as_json({**asdict(effect), **shares}))
    elif not effect.choices:
        typer.echo("nobody has chosen among variants yet")
    else:
        typer.echo(
            f"{effect.first} of {effect.choices} choices went to the first shown: {effect.share:.0%}"
            f" ({effect.low:.0%} … {effect.high:.0%}), by chance {effect.share_by_chance:.0%}"
        )
