"""Commands that give datasets to other tools and take them from there, in the layouts of TRL."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from worker.operator_commands import AsJson, as_json
from worker.problems import CannotStart
from worker.process_commands import parts_for

Source = Annotated[str, typer.Option(help="What these texts are called from now on.")]


class Layout(StrEnum):
    SFT = "sft"
    KTO = "kto"
    DPO = "dpo"
    MESSAGES = "messages"


class Split(StrEnum):
    TRAIN = "train"
    HELDOUT = "heldout"


def register(data: typer.Typer) -> None:
    data.command("export")(export_dataset)
    data.command("import")(import_dataset)


def export_dataset(
    layout: Annotated[Layout, typer.Option(help="Of TRL's trainers.")] = Layout.KTO,
    split: Annotated[Split, typer.Option(help="What is learned from, or judged on.")] = Split.TRAIN,
    out: Annotated[Path | None, typer.Option(help="A .jsonl or .parquet file; else printed.")] = None,
    system: Annotated[
        bool, typer.Option(help="With turns of the system; some templates refuse them.")
    ] = True,
) -> None:
    """What a run would learn from now, as other tools read it."""
    from feedback.tables import now
    from retrain.dataset_build import build
    from retrain.selection import Selection
    from retrain.trl_files import SUFFIXES, NoParquet, write_rows
    from retrain.trl_layouts import LAYOUTS, without_system_turns

    if out is not None and out.suffix not in SUFFIXES:
        raise CannotStart(f"{out} is no {' or '.join(SUFFIXES)} file")
    parts = parts_for("data", log_level="warning")
    dataset = build(parts.store.lessons, Selection(), now(), parts.originality.documents(), parts.screen)
    rows = LAYOUTS[layout](dataset.with_forms(parts.forms).of(split), parts.forms)
    if not system:
        rows = without_system_turns(rows)
    if out is None:
        for row in rows:
            typer.echo(as_json(row))
        return
    try:
        typer.echo(f"{out}: {write_rows(rows, out)} rows")
    except (NoParquet, OSError) as error:
        raise CannotStart(str(error)) from None


def import_dataset(
    file: Annotated[Path, typer.Argument(help="A .jsonl or .parquet file.")],
    source: Source,
    form: Annotated[str | None, typer.Option(help="Of all texts; else it is read from each prompt.")] = None,
    licence: Annotated[str, typer.Option(help="Under which the texts may be used.")] = "",
    json_: AsJson = False,
) -> None:
    """Take in all rows or none: labels and pairs as ratings of one reader, other texts as a corpus.

    Rows with words that readers must not be shown are left out, and counted.
    """
    from generation.forms import UnknownForm
    from retrain.trl_files import BadRows, NoParquet, read_rows
    from retrain.trl_reading import read_all
    from worker.imported_rows import add_texts, is_rated, may_be_learned, request_of

    parts = parts_for("data", log_level="warning")
    try:
        given = read_all(read_rows(file))
        rows = [row for row in given if may_be_learned(row, parts.screen)]
        requests = [request_of(row, parts.forms, form) for row in rows if is_rated(row)]
    except (BadRows, NoParquet) as error:
        raise CannotStart(str(error)) from None
    except UnknownForm as error:
        raise CannotStart(f"there is no form {error}") from None
    kept = parts.store.imports.add(source, requests) if requests else 0
    texts = add_texts([row for row in rows if not is_rated(row)], parts.originality, source, licence)
    counts = {
        "rated": kept,
        "texts": texts,
        "known": len(rows) - kept - texts,
        "refused": len(given) - len(rows),
    }
    said = f"{source}: {kept} rated, {texts} texts, {counts['known']} known already"
    said += f", {counts['refused']} refused for their words" if counts["refused"] else ""
    typer.echo(as_json(counts) if json_ else said)
