"""`rhapsode train`: learn from a body of poems, by fine-tuning the base model or growing one from scratch."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from feedback.records import RunRecord
from retrain.corpus_config import FROM_SCRATCH, CorpusConfig, tuning
from retrain.recipe import Method
from retrain.shape import Shape
from worker.operator_commands import AsJson, as_json
from worker.problems import CannotStart
from worker.process_commands import parts_for

_SHAPE = Shape()
_FORM = typer.Option(help="What kind of writing the poems are; guessed if not given.")
_IN_FORM = typer.Option("--in-form", help="Leave out poems that fail their form's checks.")
_METHOD = typer.Option(help="What is trained: all weights (full), or an adapter.")
_RATE = typer.Option(help="Of AdamW; what suits the method if not given.", min=0.0)
_PATIENCE = typer.Option(help="Epochs without a better dev perplexity until it stops; 0: never.", min=0)
_LONGEST = typer.Option(help="Tokens of request and poem; longer ones are left out.", min=16)
_SCRATCH = typer.Option("--from-scratch", help="Grow a small model with a tokenizer of its own.")
_SEARCH = typer.Option("--search", help="First look for the best recipe, for --minutes.")


def register(app: typer.Typer) -> None:
    app.command()(train)


def train(
    path: Annotated[Path, typer.Argument(help="A .jsonl, .json or .txt file of poems, or a folder of them.")],
    form: Annotated[str | None, _FORM] = None,
    in_form: Annotated[bool, _IN_FORM] = False,
    method: Annotated[Method, _METHOD] = "lora",
    epochs: Annotated[int | None, typer.Option(help="At most; 3, from scratch 10.", min=1)] = None,
    batch: Annotated[int | None, typer.Option(help="Poems a step; 8, from scratch 32.", min=1)] = None,
    learning_rate: Annotated[float | None, _RATE] = None,
    rank: Annotated[int, typer.Option(help="Of an adapter.", min=1)] = 16,
    patience: Annotated[int, _PATIENCE] = 2,
    longest: Annotated[int, _LONGEST] = 768,
    seed: Annotated[int, typer.Option(help="Decides all that is drawn at random.")] = 0,
    from_scratch: Annotated[bool, _SCRATCH] = False,
    layers: Annotated[int, typer.Option(help="Of a model from scratch.", min=1)] = _SHAPE.layers,
    width: Annotated[int, typer.Option(help="Of a model from scratch.", min=8)] = _SHAPE.width,
    heads: Annotated[int, typer.Option(help="Of a model from scratch.", min=1)] = _SHAPE.heads,
    dropout: Annotated[float, typer.Option(help="Of a model from scratch.", min=0, max=0.9)] = _SHAPE.dropout,
    vocabulary: Annotated[int, typer.Option(help="Of a model from scratch.", min=300)] = _SHAPE.vocabulary,
    search: Annotated[bool, _SEARCH] = False,
    minutes: Annotated[float, typer.Option(help="Of --search.", min=0.1)] = 30,
    json_: AsJson = False,
) -> None:
    """Learn from poems; the result is a model version like any other, or a base model of its own."""
    if from_scratch and width % (2 * heads):  # Places are told by turning pairs of numbers.
        raise typer.BadParameter(f"a width of {width} does not divide into pairs among {heads} heads")
    kind: Method = "full" if from_scratch else method
    usual = FROM_SCRATCH if from_scratch else tuning(kind)
    recipe = replace(
        usual,
        epochs=epochs or usual.epochs,
        batch=batch or usual.batch,
        learning_rate=learning_rate or usual.learning_rate,
        rank=rank,
        longest=longest,
        seed=seed,
    )
    config = CorpusConfig(
        path=str(path.resolve()),
        form=form,
        in_form=in_form,
        recipe=recipe,
        patience=patience,
        shape=Shape(layers, width, heads, dropout, vocabulary) if from_scratch else None,
        search_minutes=minutes if search else 0,
    )
    record = _run(config, quiet=json_)
    if json_:
        typer.echo(as_json(asdict(record)))
    else:
        for reason in record.reasons:
            typer.echo(f"{record.status}: {reason}")
    raise typer.Exit(0 if record.status == "trained" else 1)


def _run(config: CorpusConfig, *, quiet: bool) -> RunRecord:
    from retrain.corpus import read_corpus
    from worker.presence import present
    from worker.retraining import Retraining
    from worker.training_progress import watching

    parts = parts_for("train", log_level="warning")
    if config.search_minutes and parts.settings.train_processes > 1:
        raise CannotStart("--search runs in one process: set RHAPSODE_TRAIN_PROCESSES to 1")
    # What cannot be read is said before a run is recorded; the checks of each poem take their time later.
    read_corpus(Path(config.path), parts.forms, config.form)
    config = replace(config, wandb=parts.settings.wandb_project)
    try:
        with present(parts), watching(quiet=quiet) as watch:
            return Retraining(parts, corpus=config).run(watch)
    finally:
        parts.close()
