"""Commands of learning by hand: retrain, pause and resume, demo."""

from dataclasses import asdict
from typing import Annotated

import typer

from feedback.records import RunRecord
from worker.operator_commands import AsJson, as_json
from worker.process_commands import parts_for

ReaderSpec = Annotated[
    str | None,
    typer.Option(
        "--reader",
        help="A simulated reader for the evaluation: built in, path.py:function or module:function.",
    ),
]

_SEARCH = typer.Option("--search", help="First look for the best recipe, for --minutes.")

learning = typer.Typer(help="Hold back what is learned from ratings, and go on.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command()(retrain)
    app.add_typer(learning, name="learning")
    app.command()(demo)


def retrain(
    reader: ReaderSpec = None,
    search: Annotated[bool, _SEARCH] = False,
    minutes: Annotated[float, typer.Option(help="Of --search.", min=0.1)] = 30,
    json_: AsJson = False,
) -> None:
    """Learn from the ratings now: train, evaluate, and promote if the gate lets it pass."""
    from retrain.reader import load_reader
    from worker.presence import present
    from worker.retraining import Retraining

    if reader is not None:
        load_reader(reader)  # A wrong name is said before a run is recorded.
    seen: list[str] = []

    def watch(record: RunRecord) -> None:
        line = progress_line(record)
        if not json_ and seen[-1:] != [line]:
            seen.append(line)
            typer.echo(line)

    parts = parts_for("retrain", log_level="warning")
    try:
        with present(parts):
            record = Retraining(parts, reader, search_minutes=minutes if search else 0).run(watch)
    finally:
        parts.close()
    if json_:
        typer.echo(as_json(asdict(record)))
        return
    for reason in record.reasons:
        typer.echo(f"  {reason}")


@learning.command()
def pause() -> None:
    """Begin no run on ratings, at night or by hand. One that runs goes on to its end."""
    parts = parts_for("learning", log_level="warning")
    parts.store.learning_pauses.begin()
    parts.close()
    typer.echo("learning is paused")


@learning.command()
def resume() -> None:
    """Learn from ratings again, from the next night on or by `rhapsode retrain`."""
    parts = parts_for("learning", log_level="warning")
    parts.store.learning_pauses.end()
    parts.close()
    typer.echo("learning goes on")


def demo() -> None:
    """The whole circle in some ten minutes: ask, rate, retrain, prove, swap, ask again."""
    from worker.demo import run_demo

    run_demo(parts_for("demo", log_level="warning"), typer.echo)


def progress_line(run: RunRecord) -> str:
    """Where a run is, in a few words; training in tenths."""
    now = run.progress
    if run.finished_at is not None:
        return run.status
    if now.get("stage") == "training" and now.get("steps"):
        tenth = 10 * now["step"] // now["steps"]
        return f"training: {10 * tenth} %"
    return " ".join(str(now[key]) for key in ("stage", "role") if key in now) or "starting"
