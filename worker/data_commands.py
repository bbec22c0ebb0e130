"""Commands about texts: what readers gave, and the corpora that nothing may be copied from."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from worker import exchange_commands, reader_commands
from worker.operator_commands import AsJson, as_json
from worker.problems import CannotStart
from worker.process_commands import parts_for

data = typer.Typer(help="Look at and take out what readers gave; register corpora.", no_args_is_help=True)

_COMPLAINTS = 20  # Lines shown; a whole file of another shape would fill the screen.


def register(app: typer.Typer) -> None:
    reader_commands.register(data)
    exchange_commands.register(data)
    app.add_typer(data, name="data")


@data.command("stats")
def data_stats(json_: AsJson = False) -> None:
    """Counts of prompts, completions, ratings and readers."""
    overview = asdict(parts_for("data", log_level="warning").store.statistics.overview())
    if json_:
        typer.echo(as_json(overview))
        return
    for name, value in overview.items():
        typer.echo(f"{name:<14} {value}")


@data.command("add-corpus")
def add_corpus(
    path: Annotated[Path, typer.Argument(help="A .jsonl, .json or .txt file, or a folder of them.")],
    name: Annotated[str, typer.Option(help="What readers see as the source.")],
    licence: Annotated[str, typer.Option(help="Under which the texts may be used.")] = "",
    source: Annotated[str, typer.Option(help="Where the texts come from.")] = "",
    learn: Annotated[bool, typer.Option(help="Learn from them too, or only compare with them.")] = True,
    json_: AsJson = False,
) -> None:
    """Register texts: learned from, and no piece repeats 8 words or 12 characters of them unnoticed."""
    from generation.originality import Corpus
    from generation.originality.files import NothingToRead, documents_in

    complaints: list[str] = []
    parts = parts_for("data", log_level="warning")
    try:
        added = parts.originality.add(
            Corpus(name, licence, source, learn), documents_in(path, complaints.append)
        )
    except NothingToRead as error:
        raise CannotStart(str(error)) from None
    for complaint in complaints[:_COMPLAINTS]:
        typer.echo(f"skipped {complaint}", err=True)
    if more := complaints[_COMPLAINTS:]:
        typer.echo(f"skipped {len(more)} more", err=True)
    if json_:
        typer.echo(as_json({**asdict(added), "skipped": len(complaints)}))
        return
    typer.echo(f"{name}: {added.documents} added, {added.duplicates} duplicates, {len(complaints)} skipped")


@data.command("corpora")
def list_corpora(json_: AsJson = False) -> None:
    """Every registered corpus, with its licence and source."""
    registered = parts_for("data", log_level="warning").originality.registered()
    if json_:
        typer.echo(as_json([asdict(one) for one in registered]))
        return
    for one in registered:
        corpus = one.corpus
        size = f"{one.documents:>9,} documents {one.bytes / 1e6:>9.1f} MB"
        typer.echo(f"{corpus.name:<24} {size}  {corpus.licence or '-':<16} {corpus.source or '-'}")
