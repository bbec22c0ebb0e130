"""The `rhapsode` command."""

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from bots.messages import Refused
from bots.terminal import NotWritten
from feedback.database import DatabaseGone
from feedback.records import NameTaken, NotPromotable, UnknownRow
from generation.base_models import NotAModel
from generation.engine import CannotLoadNow
from generation.forms import BadForm
from generation.manifest import RefusedVersion
from retrain.problems import BadCorpus
from retrain.reader import BadReader
from worker import (
    chat_commands,
    data_commands,
    keeping_commands,
    learning_commands,
    operator_commands,
    process_commands,
    studio_commands,
    training_commands,
    version_commands,
)
from worker.broker import BrokerAway
from worker.parts import NothingRuns
from worker.problems import NEEDS_OPERATOR, CannotStart, NotYet, RunBroken
from worker.settings import BadSettings

app = typer.Typer(
    help=(
        "A writing partner that gets better with every reaction.\n\n"
        "Start with `rhapsode up`, then open the studio it names, or type `rhapsode chat`."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for commands in (
    process_commands,
    studio_commands,
    chat_commands,
    learning_commands,
    training_commands,
    operator_commands,
    version_commands,
    data_commands,
    keeping_commands,
):
    commands.register(app)

# What an operator can do something about: one line, no traceback.
_SAID_IN_ONE_LINE = (
    BadCorpus,
    BadReader,
    BrokerAway,
    CannotLoadNow,
    DatabaseGone,
    NameTaken,
    NotAModel,
    NotPromotable,
    NothingRuns,
    NotYet,
    NotWritten,
    Refused,
    RefusedVersion,
    RunBroken,
    UnknownRow,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"rhapsode {installed_version('rhapsode')}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of `rhapsode` itself."""


def main() -> None:
    """Run a command; say in one line what an operator can mend."""
    try:
        app()
    except (BadForm, BadSettings, CannotStart) as error:
        typer.echo(f"rhapsode: {error}", err=True)
        sys.exit(NEEDS_OPERATOR)
    except _SAID_IN_ONE_LINE as error:
        typer.echo(f"rhapsode: {error}", err=True)
        sys.exit(1)
